import { EventLog, ProposedEvent, StoredEvent } from './log';

export type ExpectedRevision = 'any' | 'no_stream' | 'stream_exists' | bigint;

export interface Append {
  stream: string;
  expected: ExpectedRevision;
  events: readonly ProposedEvent[];
}

export type AppendResult =
  /** Of the last event; of an append that was there already, of its last event as it stands. */
  | { kind: 'success'; revision: bigint; position: bigint }
  /** `current` is -1 for a stream without events. */
  | { kind: 'wrong-expected-version'; current: bigint };

/**
 * Executes an append as the server's IndexWriter decides it. Idempotence: with an exact expected revision the event ids are
 * compared with those that stand right behind it; with `any` and `stream_exists` with the cache of recent ids only. All the
 * same is a success with the old position, some the same a wrong expected version.
 */
export function append(log: EventLog, request: Append): AppendResult {
  const { stream, expected, events } = request;
  const current = BigInt(log.stream(stream).length) - 1n;
  const standing = alreadyThere(log, request);
  const isRefused = standing === 'some' || (standing === 'none' && !isAsExpected(log, stream, expected));
  if (isRefused) return { kind: 'wrong-expected-version', current };
  if (standing !== 'none') return succeeded(standing);
  const last = log.write(stream, events).at(-1);
  return last ? succeeded(last) : { kind: 'success', revision: current, position: log.head };
}

/** A stream exists, too, that has nothing but metadata. */
function isAsExpected(log: EventLog, stream: string, expected: ExpectedRevision): boolean {
  const count = log.stream(stream).length;
  if (expected === 'any') return true;
  if (expected === 'stream_exists') return count > 0 || log.stream(`$$${stream}`).length > 0;
  return count === firstRevision(expected);
}

function firstRevision(expected: bigint | 'no_stream'): number {
  return expected === 'no_stream' ? 0 : Number(expected) + 1;
}

/** The last of the request's events if all of them stand in the stream already. */
function alreadyThere(log: EventLog, { stream, expected, events }: Append): StoredEvent | 'some' | 'none' {
  const find =
    expected === 'any' || expected === 'stream_exists'
      ? (event: ProposedEvent) => log.recentEvent(event.id)
      : (_: ProposedEvent, index: number) => log.stream(stream)[firstRevision(expected) + index];
  const found = events.map(find);
  const isThere = found.map((event, index) => event?.id === events[index]?.id && event?.stream === stream);
  // The first decides whether it is taken for a repetition at all.
  if (!isThere[0]) return 'none';
  return isThere.every(Boolean) ? (found.at(-1) as StoredEvent) : 'some';
}

function succeeded({ revision, position }: StoredEvent): AppendResult {
  return { kind: 'success', revision, position };
}

/** Size of an event as the server counts it against the maximum append size. */
export function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return data.length + metadata.length + type.length * 2;
}
