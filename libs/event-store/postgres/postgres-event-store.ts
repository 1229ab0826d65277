import { join } from 'node:path';
import { isConnectionLoss } from '../../postgres/connection-loss';
import { migrate } from '../../postgres/migrate';
import { createPool } from '../../postgres/pool';
import {
  AppendRequest,
  AppendResult,
  EventStoreUnavailable,
  Position,
  ReadAllOptions,
  RecordedEvent,
} from '../event-store';
import { PlacedEvent, ReceivingStore } from '../ordered-append';
import { Appender, AppendObserver, CONNECTIONS } from './appender';
import { CommitSignal } from './commit-signal';
import { MergedReads } from './merged-reads';
import { parsePosition } from './position';
import { Reader } from './reader';
import { SESSION_SETTINGS } from './statements';

export interface PostgresEventStoreOptions {
  /** Connections for reading at most; two more append and one listens. Default 4. */
  readers?: number;
  /** How often a follower looks for events by itself, in case a notification got lost. Default 1,000 ms. */
  pollMs?: number;
  observer?: AppendObserver;
}

const PAGE = 1_000;
const MERGED = { lanes: 2, streams: 1_000 };
const NO_LIMIT = 2n ** 63n - 1n;

/** The event store in schema `event_store` of a PostgreSQL database. */
export class PostgresEventStore implements ReceivingStore {
  private readonly closing = new AbortController();
  private readonly histories: MergedReads;
  /** Connections that were made to read with: behind a new one may be another state of the database. */
  private connections = 0;

  private constructor(
    readonly storeId: string,
    private readonly reader: Reader,
    private readonly appender: Appender,
    private readonly commits: CommitSignal,
  ) {
    this.histories = new MergedReads((streams) => this.reader.streams(streams), MERGED);
  }

  /** Opens the store, after bringing its schema to the newest version. Any number of processes may open the same one. */
  static async open(url: string, options: PostgresEventStoreOptions = {}): Promise<PostgresEventStore> {
    await migrate(url, 'event_store', join(__dirname, 'migrations'));
    const session = { options: SESSION_SETTINGS, keepAlive: true };
    const pool = createPool(url, { ...session, max: options.readers ?? 4 });
    const { rows } = await pool.query<{ id: string }>('SELECT id FROM event_store.store');
    if (!rows[0]) throw new Error('the event store has lost its identity: table event_store.store is empty');
    const writing = { ...session, max: CONNECTIONS, pipeline: true, idleTimeoutMillis: 0 };
    const appender = new Appender(createPool(url, writing), options.observer);
    const commits = new CommitSignal(url, options.pollMs ?? 1_000);
    const store = new PostgresEventStore(`postgres:${rows[0].id}`, new Reader(pool), appender, commits);
    pool.on('connect', () => (store.connections += 1));
    return store;
  }

  append(request: AppendRequest): Promise<AppendResult> {
    if (this.closing.signal.aborted) return Promise.reject(new Error('the event store is closed'));
    return this.appender.append(request);
  }

  appendInOrder(events: readonly PlacedEvent[]): Promise<void> {
    return this.appender.appendInOrder(events);
  }

  async *readStream(
    stream: string,
    options: { fromRevision?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<RecordedEvent> {
    let revision = options.fromRevision ?? 0;
    for (;;) {
      options.signal?.throwIfAborted();
      const { events, isLast } = await this.reader.streamPage(stream, revision, PAGE);
      yield* events;
      const last = events.at(-1);
      if (isLast || !last) return;
      // Counted from the last, for where somebody has deleted an event there are fewer than revisions.
      revision = last.revision + 1;
    }
  }

  readStreams(streams: readonly string[]): Promise<Map<string, RecordedEvent[]>> {
    return this.histories.histories(streams);
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, after } = bounds(options);
    const head = await this.reader.head();
    assertWithin(after, head);
    let position = after;
    let next: Promise<RecordedEvent[]> | undefined;
    while (position < head) {
      options.signal?.throwIfAborted();
      const events = await (next ?? this.reader.page(position, head, batchSize));
      position = endOf(events, head);
      if (position < head) {
        next = this.reader.page(position, head, batchSize);
        // Fetched while the caller works on the page before; its error is thrown in its turn, or to nobody.
        next.catch(() => undefined);
      }
      yield events;
    }
  }

  async *followAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, after } = bounds(options);
    const signal = AbortSignal.any([this.closing.signal, ...(options.signal ? [options.signal] : [])]);
    let connections = this.connections;
    let last = await this.untilReachable(() => this.eventAt(after), signal);
    const next = async (): Promise<RecordedEvent[]> => {
      const events = await this.reader.page(last?.position ?? 0n, NO_LIMIT, batchSize);
      if (connections !== this.connections) {
        connections = this.connections;
        await this.assertHolds(last);
      }
      return events;
    };
    while (!signal.aborted) {
      const seen = this.commits.wakeUps;
      const events = await this.untilReachable(next, signal);
      if (events?.length === 0) {
        await this.commits.wait(seen, signal);
      } else if (events && !signal.aborted) {
        last = placeOf(events.at(-1)) ?? last;
        yield events;
      }
    }
  }

  compare(a: Position, b: Position): number {
    const [left, right] = [parsePosition(a), parsePosition(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  }

  async head(): Promise<Position | undefined> {
    const head = await this.reader.head();
    return head === 0n ? undefined : head.toString();
  }

  async backlog(after: Position | undefined): Promise<{ events: number; oldestRecordedAt?: string }> {
    const position = after === undefined ? 0n : parsePosition(after);
    const { head, oldest } = await this.reader.backlog(position);
    assertWithin(position, head);
    return { events: Number(head - position), ...(oldest !== undefined && { oldestRecordedAt: oldest }) };
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    // Those who wait for the query before theirs are served too, before the connections go.
    await this.histories.drained();
    await Promise.all([this.appender.close(), this.commits.close(), this.reader.close()]);
  }

  /** Positions are dense: what is missing lies beyond the end. Undefined for the beginning. @throws RangeError */
  private async eventAt(position: bigint): Promise<Place | undefined> {
    if (position === 0n) return undefined;
    const [event] = await this.reader.page(position - 1n, position, 1);
    if (!event) throw beyondEnd(position, await this.reader.head());
    return placeOf(event);
  }

  /** @throws EventStoreUnavailable when an older backup was restored: who follows must look where he is in it, and start again */
  private async assertHolds(last: Place | undefined): Promise<void> {
    const [found] = last ? await this.reader.page(last.position - 1n, last.position, 1) : [];
    if (found?.metadata.eventId === last?.eventId) return;
    throw new EventStoreUnavailable(
      `position ${last?.position} no longer holds the event that was read there: was an old backup restored?`,
    );
  }

  /** Tries again for as long as the server cannot be reached; undefined when aborted. */
  private async untilReachable<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
    while (!signal.aborted) {
      try {
        return await read();
      } catch (error) {
        if (!signal.aborted && !isConnectionLoss(error)) throw error;
        await this.commits.pause(signal);
      }
    }
    return undefined;
  }
}

function bounds({ batchSize = PAGE, after }: ReadAllOptions): { batchSize: number; after: bigint } {
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batches of ${batchSize} cannot be read`);
  return { batchSize, after: after === undefined ? 0n : parsePosition(after) };
}

/** Where a follower is. */
interface Place {
  position: bigint;
  eventId: string;
}

function placeOf(event: RecordedEvent | undefined): Place | undefined {
  return event && { position: BigInt(event.position), eventId: event.metadata.eventId };
}

/** Position of the last of some events; `otherwise` when there are none. */
function endOf(events: readonly RecordedEvent[], otherwise: bigint): bigint {
  const last = events.at(-1);
  return last ? BigInt(last.position) : otherwise;
}

/** Somebody has seen more than there is: the store was restored from an older backup, and positions mean other events. */
function beyondEnd(position: bigint, head: bigint): RangeError {
  return new RangeError(`position ${position} lies beyond the end of this store (${head})`);
}

function assertWithin(position: bigint, head: bigint): void {
  if (position > head) throw beyondEnd(position, head);
}
