/** One append as it waits for its transaction. */
export interface Waiting {
  stream: string;
  bytes: number;
  events: number;
}

export interface BatchLimits {
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
 * Group commit: what arrives while a transaction is in flight is merged into the next one. An append that comes alone goes
 * at once. Appends to the same stream keep their order, in one batch each, so that the later one is checked against what
 * the earlier one has written.
 */
export class GroupCommit<Append extends Waiting, Result> {
  private queue: Entry<Append, Result>[] = [];
  private running: Promise<void> | undefined;

  /** `commit` answers for each append of its batch, in order; a rejection answers for all of them. */
  constructor(
    private readonly commit: (batch: Append[]) => Promise<PromiseSettledResult<Result>[]>,
    private readonly limits: BatchLimits,
  ) {}

  add(append: Append): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.queue.push({ append, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** When everything that waits has its answer. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0) {
      await this.settle(this.take());
      // Lets those who just got their answer come with their next append, or every other batch would hold one only.
      await new Promise(setImmediate);
    }
    this.running = undefined;
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
  }

  private take(): Entry<Append, Result>[] {
    const streams = new Set<string>();
    const batch: Entry<Append, Result>[] = [];
    const later: Entry<Append, Result>[] = [];
    let [events, bytes] = [0, 0];
    for (const [index, entry] of this.queue.entries()) {
      const { append } = entry;
      if (streams.has(append.stream)) {
        later.push(entry);
        continue;
      }
      const over = events + append.events > this.limits.events || bytes + append.bytes > this.limits.bytes;
      if (over && batch.length > 0) {
        this.queue = later.concat(this.queue.slice(index));
        return batch;
      }
      streams.add(append.stream);
      batch.push(entry);
      events += append.events;
      bytes += append.bytes;
    }
    this.queue = later;
    return batch;
  }
}
