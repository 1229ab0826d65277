import { RecordedEvent } from '../event-store';

type Histories = Map<string, RecordedEvent[]>;

interface Waiting {
  streams: readonly string[];
  resolve: (histories: Histories) => void;
  reject: (error: unknown) => void;
}

/**
 * Reads whole streams for many at once: what is asked for while the lanes are busy is merged into the next query, so that a
 * hundred commands at once do not cost a hundred round trips. Who comes alone is served at once. A query begins after
 * everybody in it has asked, so that each sees what was written before.
 */
export class MergedReads {
  private queue: Waiting[] = [];
  private busyLanes = 0;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly read: (streams: readonly string[]) => Promise<RecordedEvent[]>,
    private readonly limits: { lanes: number; streams: number },
  ) {}

  /** The history of each stream, empty for one that does not exist. */
  histories(streams: readonly string[]): Promise<Histories> {
    return new Promise((resolve, reject) => {
      this.queue.push({ streams, resolve, reject });
      if (this.busyLanes < this.limits.lanes) void this.run();
    });
  }

  /** When everybody has been served. */
  async drained(): Promise<void> {
    if (this.busyLanes > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Never rejects. */
  private async run(): Promise<void> {
    this.busyLanes += 1;
    for (let batch = this.take(); batch.length > 0; batch = this.take()) await this.serve(batch);
    this.busyLanes -= 1;
    if (this.busyLanes === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  /** Those who have waited longest, up to so many streams; one who wants more is served alone. */
  private take(): Waiting[] {
    let streams = 0;
    const end = this.queue.findIndex((waiting) => (streams += waiting.streams.length) > this.limits.streams);
    return this.queue.splice(0, end < 0 ? this.queue.length : Math.max(1, end));
  }

  private async serve(batch: readonly Waiting[]): Promise<void> {
    try {
      const wanted = new Set(batch.flatMap(({ streams }) => streams));
      const found = Map.groupBy(await this.read([...wanted]), ({ stream }) => stream);
      for (const { streams, resolve } of batch) {
        resolve(new Map(streams.map((stream) => [stream, found.get(stream) ?? []])));
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
