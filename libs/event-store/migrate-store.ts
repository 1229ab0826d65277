import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppendInDoubt,
  ConcurrencyConflict,
  EventStore,
  EventStoreUnavailable,
  Position,
  RecordedEvent,
} from './event-store';
import { ReceivingStore } from './ordered-append';

export interface MigrationOptions {
  from: EventStore;
  to: ReceivingStore;
  signal?: AbortSignal;
  onProgress?: (progress: MigrationProgress) => void;
}

/** `finding`: what the target has already is read and found in the source. All numbers are events. */
export interface MigrationProgress {
  phase: 'finding' | 'copying';
  done: number;
  /** May be an estimate, and grows with the source. */
  total: number;
  position: Position | undefined;
}

export interface Migration {
  /** Events that an earlier run had copied, and those that this one has. */
  found: number;
  copied: number;
  /** Position in the source up to which everything is in the target; undefined for an empty source. */
  upTo: Position | undefined;
}

/** The target is not the place for this; nothing of what it holds was changed. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

const PAGE = 1_000;
/** After an error that may pass, what is missing is looked for and appended; while that brings nothing on, after each of these. */
const PAUSES_MS = [100, 400, 1_500, 5_000, 10_000];

/**
 * Copies the events of one store into another as they are, in the order of the whole store; goes on where an earlier run
 * has stopped, wherever that was. What tells is the target alone: an event whose hash it has is there with all that lies
 * before it in its stream, for the hash covers it. Ends with the source's head, or within a page of it while others write.
 * @throws MigrationRefused for a target that holds or gets anything else
 */
export async function migrateStore(options: MigrationOptions): Promise<Migration> {
  const { from, to } = options;
  if (from.storeId === to.storeId) {
    throw new MigrationRefused(`source and target are the same store (${from.storeId})`);
  }
  const copy = new Copy(options);
  return copy.run();
}

interface End {
  revision: number;
  hash: string;
}

class Copy {
  /** Of the target's streams as they were found; what this run has appended since is known only where it was in doubt. */
  private readonly ends = new Map<string, End>();
  private found = 0;
  private copied = 0;
  private total = 0;

  constructor(private readonly options: MigrationOptions) {}

  async run(): Promise<Migration> {
    const { from } = this.options;
    this.total = (await from.backlog(undefined)).events;
    await this.lookAtTarget();
    let upTo = await this.placeInSource();
    for (let copied = PAGE; copied >= PAGE;) {
      const before = this.copied;
      upTo = await this.copyFrom(upTo);
      copied = this.copied - before;
    }
    return { found: this.found, copied: this.copied, upTo };
  }

  private async lookAtTarget(): Promise<void> {
    const { to, signal } = this.options;
    for await (const batch of to.readAll({ signal })) {
      for (const event of batch) this.note(event);
      this.found += batch.length;
      this.report('finding', 0, undefined);
    }
  }

  /** Position in the source up to which the target has everything; it may have some of what follows. */
  private async placeInSource(): Promise<Position | undefined> {
    const { from, signal } = this.options;
    let place: Position | undefined;
    let isComplete = true;
    let known = 0;
    if (this.found === 0) return undefined;
    for await (const batch of from.readAll({ signal })) {
      for (const event of batch) {
        if (!this.isThere(event)) isComplete = false;
        else if ((known += 1) && isComplete) place = event.position;
        if (known === this.found) return place;
      }
      this.report('finding', known, place);
    }
    throw new MigrationRefused(
      `the target holds ${this.found - known} events that the source does not have: it must be empty, or hold a part of this source`,
    );
  }

  /** Up to the source's head. One page is read while the one before is being written. */
  private async copyFrom(after: Position | undefined): Promise<Position | undefined> {
    const { from, signal } = this.options;
    let place = after;
    let writing = Promise.resolve();
    try {
      for await (const page of from.readAll({ after, batchSize: PAGE, signal })) {
        await writing;
        place = page.at(-1)?.position;
        writing = this.write(page);
        // Its error is thrown where it is awaited; until then it is not unhandled.
        writing.catch(() => undefined);
      }
    } finally {
      await writing;
    }
    return place;
  }

  private async write(page: readonly RecordedEvent[]): Promise<void> {
    let missing = page.filter((event) => !this.isThere(event));
    this.copied += missing.length;
    let pauses = PAUSES_MS.values();
    while (missing.length > 0) {
      const failure = await this.append(missing);
      if (!failure) break;
      const before = missing.length;
      missing = await this.lookAgain(missing);
      if (missing.length < before) pauses = PAUSES_MS.values();
      else await this.pause(pauses, failure);
    }
    this.report('copying', this.found + this.copied, page.at(-1)?.position);
  }

  /** The error, if it may pass: nobody knows then what has been written. */
  private async append(events: readonly RecordedEvent[]): Promise<Error | undefined> {
    try {
      await this.options.to.appendInOrder(events);
      return undefined;
    } catch (error) {
      if (mayPass(error)) return error;
      if (!(error instanceof ConcurrencyConflict)) throw error;
      throw new MigrationRefused(`somebody else writes to the target: ${error.message}`, { cause: error });
    }
  }

  /** Those that are not in the target. */
  private async lookAgain(events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    const streams = [...new Set(events.map(({ stream }) => stream))];
    for (const pauses = PAUSES_MS.values(); ;) {
      try {
        for (const history of (await this.options.to.readStreams(streams)).values()) {
          for (const event of history) this.note(event);
        }
        return events.filter((event) => !this.isThere(event));
      } catch (error) {
        if (!mayPass(error)) throw error;
        await this.pause(pauses, error);
      }
    }
  }

  private async pause(pauses: Iterator<number, undefined>, failure: Error): Promise<void> {
    const next = pauses.next();
    if (next.done) throw failure;
    await sleep(next.value, undefined, { signal: this.options.signal });
  }

  private note({ stream, revision, metadata: { hash } }: RecordedEvent): void {
    this.ends.set(stream, { revision, hash });
  }

  private isThere({ stream, revision, metadata }: RecordedEvent): boolean {
    const end = this.ends.get(stream);
    if (!end || revision > end.revision) return false;
    if (revision < end.revision || metadata.hash === end.hash) return true;
    throw new MigrationRefused(
      `the target holds something else: revision ${revision} of ${stream} is another event there than in the source`,
    );
  }

  private report(phase: MigrationProgress['phase'], done: number, position: Position | undefined): void {
    const total = Math.max(this.total, done);
    this.options.onProgress?.({ phase, done, total, position });
  }
}

function mayPass(error: unknown): error is Error {
  return error instanceof EventStoreUnavailable || error instanceof AppendInDoubt;
}
