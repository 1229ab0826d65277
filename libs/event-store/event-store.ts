import { EventMetadata, SealedEvent } from '../audit/hash-chain';

/**
 * A place in the whole store. Opaque outside the adapter that made it (another store has other positions): keep it as
 * text, compare it only with {@link EventStore.compare}.
 */
export type Position = string;

/** An event as it stands in the store: immutable, at its revision in its stream and its position in the whole. */
export interface RecordedEvent {
  stream: string;
  revision: number;
  position: Position;
  type: string;
  data: Record<string, unknown>;
  metadata: EventMetadata;
}

export interface AppendRequest {
  stream: string;
  /** Revision of the stream's last event as the caller knows it; -1 for a stream that must not exist yet. */
  expectedRevision: number;
  /** At least one, sealed for the revisions that follow `expectedRevision`. */
  events: readonly SealedEvent[];
}

export interface AppendResult {
  /** Revision and position of the last event of this append. */
  revision: number;
  position: Position;
}

/**
 * Bytes of events after which a batch ends, about, also with fewer events than were asked for: one event may have a megabyte,
 * and memory would not hold many batches of such. A batch of ordinary events is far from it.
 */
export const BATCH_BYTES = 8 * 1024 * 1024;

export interface ReadAllOptions {
  /** Read what comes after this position; from the beginning when undefined. */
  after?: Position;
  /** Events per batch at most; fewer where they are large, see {@link BATCH_BYTES}. Default 1,000. */
  batchSize?: number;
  /** What reads a part of the store throws its reason on abort, for it would look complete; {@link EventStore.followAll} ends. */
  signal?: AbortSignal;
}

/**
 * The store of all events: append, read a stream, read all from a position, follow all from a position. Position order is
 * commit order: who has seen a position has seen everything before it. Every adapter passes `event-store.contract.ts`.
 */
export interface EventStore {
  /** Identity of this store, kept beside every checkpoint: a checkpoint of one store means nothing in another. */
  readonly storeId: string;

  /**
   * Appends all events or none. Appends that run at once may share a transaction, yet fail one by one.
   * @throws ConcurrencyConflict when the stream is not at `expectedRevision`
   * @throws EventTooLarge when an event exceeds the store's limit; nothing was written
   * @throws AppendInDoubt when the connection was lost before the answer: read the stream to learn what happened
   * @throws EventStoreUnavailable, or what the driver says, when the store could not be reached: nothing was written
   */
  append(request: AppendRequest): Promise<AppendResult>;

  /** The events of one stream in order, from a revision on; nothing for a stream that does not exist. Read as they are taken. */
  readStream(stream: string, options?: { fromRevision?: number; signal?: AbortSignal }): AsyncIterable<RecordedEvent>;

  /** Several whole streams in one round trip; a stream that does not exist maps to an empty list. */
  readStreams(streams: readonly string[]): Promise<Map<string, RecordedEvent[]>>;

  /** All events up to the head at the time of the call, in batches that are never empty. */
  readAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent[]>;

  /**
   * As {@link readAll}, then waits for more until the signal aborts (which ends the iteration without an error).
   * Survives lost connections by itself: no event is skipped or repeated.
   * @throws EventStoreUnavailable when the store behind a new connection does not hold what was read before
   */
  followAll(options?: ReadAllOptions): AsyncIterable<RecordedEvent[]>;

  /** Negative, zero or positive, as a sorts before, with or after b. @throws RangeError on a position of another store */
  compare(a: Position, b: Position): number;

  /** Position of the newest event; undefined while the store is empty. */
  head(): Promise<Position | undefined>;

  /**
   * How much lies after a position: events, and when the oldest of them was recorded (a backfill: really written), undefined
   * when there is none. Of more than ten thousand events the number may be an estimate.
   */
  backlog(after: Position | undefined): Promise<{ events: number; oldestRecordedAt?: string }>;

  close(): Promise<void>;
}

/** The stream is not where the caller believed: somebody else has appended, or the stream does (not) exist. */
export class ConcurrencyConflict extends Error {
  override readonly name = 'ConcurrencyConflict';
  constructor(
    readonly stream: string,
    readonly expectedRevision: number,
    readonly actualRevision: number,
  ) {
    super(`stream ${stream} is at revision ${actualRevision}, not ${expectedRevision}`);
  }
}

export class EventTooLarge extends Error {
  override readonly name = 'EventTooLarge';
  constructor(
    readonly stream: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`an event of ${bytes} bytes for ${stream} is over the store's limit of ${limit}`);
  }
}

/** The answer was lost: the events may be in the store or not. Retrying the same command finds out. */
export class AppendInDoubt extends Error {
  override readonly name = 'AppendInDoubt';
  constructor(
    readonly stream: string,
    options: { cause: unknown },
  ) {
    super(`the outcome of an append to ${stream} is not known`, options);
  }
}

/** The store cannot be reached now, or not do its work; the same may succeed later. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}
