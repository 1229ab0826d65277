import { AppendRequest, AppendResult, BATCH_BYTES, Position, ReadAllOptions, RecordedEvent } from '../event-store';
import { PlacedEvent, ReceivingStore } from '../ordered-append';
import { Appender, AppendObserver } from './appender';
import { measureBacklog } from './backlog';
import { BatchAppend } from './batch-append';
import { Connection } from './connection';
import { assertWithin, follow, FollowObserver } from './follow';
import { comparePositions, parsePosition } from './position';
import { Reader } from './reader';
import { Prefixes } from './requests';
import { storeIdentity } from './store-identity';

export type EventStoreDbObserver = AppendObserver & FollowObserver;

export interface EventStoreDbOptions {
  /** Beginnings of the names of the store's streams; readers see no others. Default `project-` and `conference-`. */
  prefixes?: Prefixes;
  /** How long an append may take before it is in doubt and looked into. Default 10,000 ms. */
  appendTimeoutMs?: number;
  /** How long a follower hears nothing before it looks whether it is missing something. Default 5,000 ms. */
  quietMs?: number;
  observer?: EventStoreDbObserver;
}

const PREFIXES: Prefixes = ['project-', 'conference-'];
const PAGE = 1_000;
/** Of a stream: its events may be large. */
const STREAM_PAGE = 500;
/** Streams read at once. */
const READERS = 16;

/** The event store in an EventStoreDB (KurrentDB), version 22.10 or later. */
export class EventStoreDbEventStore implements ReceivingStore {
  private readonly closing = new AbortController();
  private closed: Promise<void> | undefined;

  private constructor(
    readonly storeId: string,
    private readonly reader: Reader,
    private readonly appender: Appender,
    private readonly options: EventStoreDbOptions,
  ) {}

  /** Opens the store that a connection string (`esdb://…`) names, and makes its identity when it has none yet. */
  static async open(url: string, options: EventStoreDbOptions = {}): Promise<EventStoreDbEventStore> {
    const connection = new Connection(url);
    const reader = new Reader(connection, options.prefixes ?? PREFIXES);
    const batches = new BatchAppend(connection, options.appendTimeoutMs ?? 10_000);
    try {
      const id = await storeIdentity(reader, batches);
      const appender = new Appender(batches, reader, options.observer);
      return new EventStoreDbEventStore(`eventstoredb:${id}`, reader, appender, options);
    } catch (error) {
      await batches.close();
      await connection.close();
      throw error;
    }
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
    const bounds = { count: STREAM_PAGE, bytes: BATCH_BYTES };
    for (;;) {
      options.signal?.throwIfAborted();
      const events = await this.reader.streamPage(stream, revision, bounds, options.signal);
      // Only an empty page is the end: a short one may have been cut off, and would look complete.
      if (events.length === 0) return;
      yield* events;
      revision += events.length;
    }
  }

  async readStreams(streams: readonly string[]): Promise<Map<string, RecordedEvent[]>> {
    const histories = new Map<string, RecordedEvent[]>(streams.map((stream) => [stream, []]));
    // One iterator that all readers share: each takes the next stream that nobody has.
    const rest = histories.entries();
    const read = async (): Promise<void> => {
      for (const [stream, events] of rest) await this.readWhole(stream, events);
    };
    await Promise.all(Array.from({ length: Math.min(READERS, histories.size) }, read));
    return histories;
  }

  /** In one round trip where it can be: what is appended on the strength of a short page is refused as a conflict. */
  private async readWhole(stream: string, into: RecordedEvent[]): Promise<void> {
    for (;;) {
      const page = await this.reader.streamPage(stream, into.length, { count: STREAM_PAGE });
      into.push(...page);
      if (page.length < STREAM_PAGE) return;
    }
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, after } = bounds(options);
    const head = await this.reader.head(options.signal);
    assertWithin(after, head);
    if (head !== undefined) yield* this.reader.pages({ after, upTo: head }, batchSize, options.signal);
  }

  async *followAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, after } = bounds(options);
    const signal = AbortSignal.any([this.closing.signal, ...(options.signal ? [options.signal] : [])]);
    const { quietMs = 5_000, observer } = this.options;
    yield* follow(this.reader, { after, batchSize, signal, quietMs, observer });
  }

  compare(a: Position, b: Position): number {
    return comparePositions(a, b);
  }

  head(): Promise<Position | undefined> {
    return this.reader.head();
  }

  backlog(after: Position | undefined): Promise<{ events: number; oldestRecordedAt?: string }> {
    return measureBacklog(this.reader, after);
  }

  close(): Promise<void> {
    this.closing.abort();
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    await this.appender.close();
    await this.reader.connection.close();
  }
}

function bounds({ batchSize = PAGE, after }: ReadAllOptions): { batchSize: number; after: Position | undefined } {
  if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batches of ${batchSize} cannot be read`);
  if (after !== undefined) parsePosition(after);
  return { batchSize, after };
}
