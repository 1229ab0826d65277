import { FoldableEvent } from '../../libs/read-models/fold';
import { Bounds, PartitionedReader, PartitionedSource } from '../../libs/read-models/partitioned-source';
import { project, ProjectorOptions } from '../../libs/read-models/projector';

export const TOPIC = 'events';
const PARTITIONS = 3;

/** A topic without a broker: events of each partition, their offsets from `low` on; a reader gets what the test gives it. */
export class MemoryTopic implements PartitionedSource {
  readonly partitions: FoldableEvent[][] = Array.from({ length: PARTITIONS }, () => []);
  low = 0;

  constructor(private readonly onReader: (reader: PartitionedReader) => Promise<void> = () => Promise.resolve()) {}

  bounds(): Promise<Bounds[]> {
    return Promise.resolve(
      this.partitions.map((events, partition) => {
        return { topic: TOPIC, partition, low: BigInt(this.low), high: BigInt(this.low + events.length) };
      }),
    );
  }

  follow(reader: PartitionedReader): Promise<void> {
    return this.onReader(reader);
  }

  publish(events: readonly FoldableEvent[]): void {
    for (const event of events)
      this.partitions[Number.parseInt(event.stream.at(-1) ?? '0', 16) % PARTITIONS]!.push(event);
  }

  /** One member that has all partitions, or some: reads up to the ends, and hears of the position. */
  async member(reader: PartitionedReader, partitions = this.partitions.map((_, partition) => partition)) {
    const places = partitions.map((partition) => ({ topic: TOPIC, partition }));
    const next = new Map((await reader.begin(places)).map((start) => [start.partition, Number(start.next)]));
    /** Takes so many events at once; the rest as well, when it is begun again. */
    const read = async (size = 100): Promise<void> => {
      for (const { partition } of places) {
        for (
          let at = next.get(partition)!;
          at - this.low < this.partitions[partition]!.length;
          at = next.get(partition)!
        ) {
          const events = this.partitions[partition]!.slice(at - this.low, at - this.low + size);
          const end = at + events.length;
          if (await reader.take({ topic: TOPIC, partition, events, next: BigInt(end) })) next.set(partition, end);
          else for (const start of await reader.begin(places)) next.set(start.partition, Number(start.next));
        }
      }
    };
    /** Takes what comes next in a partition, as it believes. */
    const takeNext = (partition: number, size = 1): Promise<boolean> => {
      const at = next.get(partition)!;
      const events = this.partitions[partition]!.slice(at - this.low, at - this.low + size);
      return reader.take({ topic: TOPIC, partition, events, next: BigInt(at + events.length) });
    };
    return { read, takeNext, next };
  }
}

/** Lets the topic drive a projector; ends, as it was told to, with the signal. */
export async function withProjector(
  options: ProjectorOptions,
  topic: MemoryTopic,
  work: (reader: PartitionedReader) => Promise<void>,
): Promise<void> {
  const ending = new AbortController();
  const source: PartitionedSource = {
    bounds: () => topic.bounds(),
    follow: async (reader) => {
      await work(reader);
      ending.abort();
    },
  };
  await project({ ...options, topic: source }, ending.signal);
}
