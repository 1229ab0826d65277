/** One append as it waits for its transaction. */
export interface Waiting {
  stream: string;
  events: readonly unknown[];
  bytes: number;
}

export interface GroupCommitLimits {
  /** Transactions in flight at most. */
  lanes: number;
  /**
   * Appends that must wait before they get a transaction beside one in flight. Each transaction waits for the disk by
   * itself, so that two small ones take longer than one.
   */
  overlap: number;
  /** Events of a batch at most, unless a single append has more. */
  events: number;
  /** Bytes of a batch at most, unless a single append has more. */
  bytes: number;
}

interface Entry<Append, Result> {
  append: Append;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Group commit: what arrives while the lanes are busy is merged into the next transaction. An append that comes alone goes
 * at once. Appends to the same stream keep their order, each in a batch of its own, so that the later one is checked
 * against what the earlier one has written.
 */
export class GroupCommit<Append extends Waiting, Result> {
  private queue: Entry<Append, Result>[] = [];
  private busyLanes = 0;
  private whenIdle: (() => void)[] = [];
  private readonly streamsInFlight = new Set<string>();

  /** `commit` answers for each append of its batch, in order; a rejection answers for all of them. */
  constructor(
    private readonly commit: (batch: Append[]) => Promise<PromiseSettledResult<Result>[]>,
    private readonly limits: GroupCommitLimits,
  ) {}

  add(append: Append): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.queue.push({ append, resolve, reject });
      if (this.busyLanes < this.limits.lanes) void this.run();
    });
  }

  /** When everything that waits has its answer. */
  async drained(): Promise<void> {
    if (this.busyLanes > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
  }

  /** Never rejects. What it leaves for another lane, because too little waits or its stream is in flight there, that lane takes. */
  private async run(): Promise<void> {
    this.busyLanes += 1;
    for (let batch = this.take(); batch.length > 0; batch = this.take()) {
      await this.settle(batch);
      // Lets those who just got their answer come with their next append, or every other batch would hold one only.
      if (batch.length > 1) await new Promise(setImmediate);
    }
    this.busyLanes -= 1;
    if (this.busyLanes === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
  }

  private async settle(batch: Entry<Append, Result>[]): Promise<void> {
    try {
      const results = await this.commit(batch.map((entry) => entry.append));
      batch.forEach((entry, index) => {
        const result = results[index];
        if (result?.status === 'fulfilled') entry.resolve(result.value);
        else entry.reject(result?.reason);
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
    for (const { append } of batch) this.streamsInFlight.delete(append.stream);
  }

  /** The next batch: a fair share of what is outstanding, in order, without what must wait for its own stream. */
  private take(): Entry<Append, Result>[] {
    if (this.busyLanes > 1 && this.queue.length < this.limits.overlap) return [];
    const outstanding = this.queue.length + this.streamsInFlight.size;
    const share = Math.max(this.limits.overlap, Math.ceil(outstanding / this.limits.lanes));
    const batch: Entry<Append, Result>[] = [];
    const later: Entry<Append, Result>[] = [];
    let [events, bytes] = [0, 0];
    for (const [index, entry] of this.queue.entries()) {
      const { append } = entry;
      if (this.streamsInFlight.has(append.stream)) {
        later.push(entry);
        continue;
      }
      events += append.events.length;
      bytes += append.bytes;
      const full = batch.length === share || events > this.limits.events || bytes > this.limits.bytes;
      if (full && batch.length > 0) {
        this.queue = later.concat(this.queue.slice(index));
        return batch;
      }
      this.streamsInFlight.add(append.stream);
      batch.push(entry);
    }
    this.queue = later;
    return batch;
  }
}
