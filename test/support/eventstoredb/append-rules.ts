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
  const existing = log.stream(stream);
  const current = BigInt(existing.length) - 1n;
  const wrong: AppendResult = { kind: 'wrong-expected-version', current };
  if (expected === 'stream_exists' && current < 0n && log.stream(`$$${stream}`).length === 0) return wrong;
  const standing = alreadyThere(log, request);
  if (standing === 'some') return wrong;
  if (standing !== 'none') return succeeded(standing);
  if (typeof expected === 'bigint' || expected === 'no_stream') {
    if ((expected === 'no_stream' ? -1n : expected) !== current) return wrong;
  }
  const last = log.write(stream, events).at(-1);
  return last ? succeeded(last) : { kind: 'success', revision: current, position: log.head };
}

/** The last of the request's events if all of them stand in the stream already. */
function alreadyThere(log: EventLog, { stream, expected, events }: Append): StoredEvent | 'some' | 'none' {
  const existing = log.stream(stream);
  const byCache = expected === 'any' || expected === 'stream_exists';
  const first = byCache ? 0 : Number(expected === 'no_stream' ? 0n : expected + 1n);
  let last: StoredEvent | undefined;
  for (const [index, { id }] of events.entries()) {
    const found = byCache ? log.recentEvent(id) : existing[first + index];
    if (!found || found.id !== id || found.stream !== stream) return index === 0 ? 'none' : 'some';
    last = found;
  }
  return last ?? 'none';
}

function succeeded({ revision, position }: StoredEvent): AppendResult {
  return { kind: 'success', revision, position };
}

/** Size of an event as the server counts it against the maximum append size. */
export function sizeOf({ type, data, metadata }: ProposedEvent): number {
  return data.length + metadata.length + type.length * 2;
}
