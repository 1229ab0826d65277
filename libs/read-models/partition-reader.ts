import { EventStore, Position } from '../event-store/event-store';
import { Pool } from '../postgres/pool';
import { FoldableEvent } from './fold';
import { beginOffsets, beginPublication, loadOffsets, Move, reach } from './offsets';
import {
  Bounds,
  PartitionedBatch,
  PartitionedReader,
  PartitionedSource,
  Place,
  SourceUnavailable,
} from './partitioned-source';
import { Projection } from './projection';
import { ProjectorStopped } from './projector-stopped';

export interface PartitionReaderOptions {
  pool: Pool;
  store: EventStore;
  source: Pick<PartitionedSource, 'bounds'>;
  /** @throws ProjectorStopped when the live read models are not ours to continue */
  open: () => Promise<Projection>;
  onProgress: () => void;
  onNotice: (text: string) => void;
}

/** A partition that is ours, as it was when we last wrote. */
interface Held extends Place {
  /** Offset in the read models. */
  next: bigint;
  /** Offset up to which there was nothing more for us: {@link next}, or what lies behind it is no event. */
  seen: bigint;
  position: Position | undefined;
  /** Messages before `next` are gone from the topic, and whether they were projected is not known yet. */
  hasGap: boolean;
}

/** How often the checkpoint of the generation is moved while there is more to read than can be taken at once. */
const REACH_MS = 500;

/**
 * Takes the events of the partitions that are ours into the live read models, each batch with its offset in one
 * transaction. The checkpoint, by which people wait for what they have recorded, is the least position of all partitions. A
 * quiet partition never hears of a position: so when everything up to one is announced to be in the topics, and we have
 * read a partition to where it ended after that, the partition is there.
 */
export class PartitionReader implements PartitionedReader {
  private projection: Projection | undefined;
  private readonly held = new Map<string, Held>();
  /** Projected already, when these partitions were begun. */
  private projected: Position | undefined;
  private announced: Position | undefined;
  private publication: string | undefined;
  /** Where each partition ended after the announcement. */
  private ends = new Map<string, bigint>();
  private reachedAt = 0;

  constructor(private readonly options: PartitionReaderOptions) {}

  async begin(assigned: readonly Place[]): Promise<readonly Held[]> {
    const { source, pool, onProgress, onNotice } = this.options;
    this.held.clear();
    this.projection = await this.open();
    const { generation } = this.projection;
    const known = await loadOffsets(pool, generation.schema);
    const bounds = await source.bounds();
    this.projected = generation.position;
    for (const { topic, partition } of await beginOffsets(pool, generation, bounds, known)) {
      onNotice(`partition ${partition} of ${topic} ends before what was read of it: it is read from its beginning`);
    }
    const offsets = new Map((await loadOffsets(pool, generation.schema)).map((offset) => [nameOf(offset), offset]));
    const lows = new Map(bounds.map((bound) => [nameOf(bound), bound.low]));
    for (const { topic, partition } of assigned) {
      const name = nameOf({ topic, partition });
      // It was added a moment ago, and who is asked has not heard of it.
      if (!lows.has(name))
        throw new SourceUnavailable(`where partition ${partition} of ${topic} ends is not known yet`);
      const offset = offsets.get(name);
      // The read models have been swapped in this moment.
      if (!offset) return this.begin(assigned);
      const { next, position } = offset;
      const hasGap = next > 0n && next === lows.get(name) && position === undefined;
      this.held.set(name, { topic, partition, next, seen: next, position, hasGap });
    }
    this.ends = endsOf(bounds);
    onProgress();
    return (await this.settle()) ? [...this.held.values()] : this.begin(assigned);
  }

  async take({ topic, partition, events, next }: PartitionedBatch): Promise<boolean> {
    const held = this.held.get(nameOf({ topic, partition }));
    if (!held || !this.projection) return false;
    const [first] = events;
    if (!first) {
      held.seen = next;
      return this.settle();
    }
    if (held.hasGap) this.assertProjected(first, held);
    const news = events.filter((event) => this.isNews(event));
    const position = events.findLast(({ isOfAnotherStore }) => !isOfAnotherStore)?.position;
    const move = { topic, partition, from: held.next, next, position };
    const batch = await this.projection.fold(news, move);
    if (batch.strangers.length > 0) await this.passOver(batch.strangers);
    const outcome = await this.projection.write(batch);
    this.options.onProgress();
    if (outcome !== 'written') return false;
    const wasBehind = this.isBehind(held);
    Object.assign(held, { next, seen: next, position: position ?? held.position, hasGap: false });
    return this.settle(wasBehind && !this.isBehind(held));
  }

  async announce(position: Position, publication?: string): Promise<boolean> {
    this.announced = position;
    this.publication = publication;
    if (!this.projection) return true;
    if (publication !== undefined && publication !== this.projection.generation.publication) return false;
    this.ends = endsOf(await this.options.source.bounds());
    if ([...this.held].some(([name, { seen }]) => seen > (this.ends.get(name) ?? seen))) return false;
    // What was taken before it was announced has told nobody that this is the end.
    return this.settle([...this.held.values()].every((held) => !this.isBehind(held)));
  }

  /** With the offsets of the publication that was announced, if any was. */
  private async open(): Promise<Projection> {
    const { open, pool, onNotice } = this.options;
    const { publication } = this;
    const projection = await open();
    if (publication === undefined || publication === projection.generation.publication) return projection;
    const isAnother = await beginPublication(pool, projection.generation, publication);
    if (isAnother) onNotice('the topics were made anew: they are read from their beginning');
    return open();
  }

  /** Of one of another store only its project can tell: it is compared with that, and must be in it. */
  private isNews({ position, isOfAnotherStore }: FoldableEvent): boolean {
    if (isOfAnotherStore || this.projected === undefined) return true;
    return this.options.store.compare(position, this.projected) > 0;
  }

  /**
   * What was before the first event that is left came before it in the store as well; also in a copy of the store, so that
   * an event of another store, which must be in the read models, says the same.
   */
  private assertProjected(first: FoldableEvent, { topic, partition }: Place): void {
    if (first.isOfAnotherStore || !this.isNews(first)) return;
    throw new ProjectorStopped(
      `partition ${partition} of ${topic} no longer holds its first messages, and the read models do not hold them: ` +
        'build them anew with "luodi rebuild" and start again',
    );
  }

  /** Events of another store that the read models do not know: no matter, unless they were copied from there into this one. */
  private async passOver(strangers: readonly FoldableEvent[]): Promise<void> {
    const { store, onNotice } = this.options;
    const histories = await store.readStreams([...new Set(strangers.map(({ stream }) => stream))]);
    for (const { stream, revision, metadata } of strangers) {
      if (histories.get(stream)?.[revision]?.metadata.eventId !== metadata.eventId) continue;
      throw new ProjectorStopped(
        `event ${revision} of ${stream} was copied from another event store, and is not in the read models: ` +
          'build them anew with "luodi rebuild" and start again',
      );
    }
    onNotice(`passed over ${strangers.length} events of another event store, which this one does not hold`);
  }

  private isBehind({ position }: Held): boolean {
    const { announced } = this;
    return announced !== undefined && (position === undefined || this.options.store.compare(position, announced) < 0);
  }

  private isEnded(held: Held): boolean {
    const end = this.ends.get(nameOf(held));
    return end !== undefined && held.seen >= end;
  }

  /** Tells how far the partitions have come that are at their end; how far the others, when asked to, or now and then. */
  private async settle(isAsked = false): Promise<boolean> {
    const { announced, projection } = this;
    const { pool, store } = this.options;
    if (!projection) return false;
    const settled = [...this.held.values()].filter((held) => this.isBehind(held) && this.isEnded(held));
    if (settled.length === 0 && !isAsked && Date.now() - this.reachedAt < REACH_MS) return true;
    const moves = settled.map(({ topic, partition, next: from, seen: next }): Move => {
      return { topic, partition, from, next, position: announced };
    });
    const reached = await reach(pool, projection.generation, moves, (a, b) => store.compare(a, b));
    this.reachedAt = Date.now();
    for (const held of settled) Object.assign(held, { next: held.seen, position: announced, hasGap: false });
    return reached;
  }
}

function nameOf({ topic, partition }: Place): string {
  return `${topic} ${partition}`;
}

function endsOf(bounds: readonly Bounds[]): Map<string, bigint> {
  return new Map(bounds.map((bound) => [nameOf(bound), bound.high]));
}
