import { GENESIS } from '../audit/hash-chain';
import { AppendRequest, EventTooLarge } from './event-store';

/**
 * Bytes of one event, as EventStoreDB counts them for its own default limit (`MaxAppendSize`): data and metadata as JSON in
 * UTF-8, and the type at two bytes a letter. All stores have this limit, so that what one holds another can hold.
 */
export const EVENT_LIMIT = 1024 * 1024;

/** An append that has been checked, with its events as JSON texts. */
export interface PreparedAppend {
  stream: string;
  expectedRevision: number;
  /** Hash of the event at `expectedRevision`. */
  previousHash: string;
  events: { hash: string; type: string; data: string; metadata: string }[];
  /** Of all events, each counted as for {@link EVENT_LIMIT}. */
  bytes: number;
}

const HASH = /^[0-9a-f]{64}$/;

/** @throws EventTooLarge; RangeError for events that do not continue each other */
export function prepareAppend({ stream, expectedRevision, events }: AppendRequest): PreparedAppend {
  const previousHash = events[0]?.metadata.previousHash;
  if (previousHash === undefined) throw new RangeError(`an append to ${stream} must have at least one event`);
  if (!Number.isInteger(expectedRevision) || expectedRevision < -1) {
    throw new RangeError(`revision ${expectedRevision} of ${stream} cannot be expected`);
  }
  const startsChain = expectedRevision === -1;
  if (!HASH.test(previousHash) || (startsChain && previousHash !== GENESIS)) throw brokenChain(stream);
  let bytes = 0;
  let end = previousHash;
  const texts = events.map((event) => {
    if (event.metadata.previousHash !== end) throw brokenChain(stream);
    end = event.metadata.hash;
    const { type, metadata } = event;
    const text = { hash: end, type, data: JSON.stringify(event.data), metadata: JSON.stringify(metadata) };
    const size = Buffer.byteLength(text.data) + Buffer.byteLength(text.metadata) + 2 * type.length;
    if (size > EVENT_LIMIT) throw new EventTooLarge(stream, size, EVENT_LIMIT);
    bytes += size;
    return text;
  });
  return { stream, expectedRevision, previousHash, events: texts, bytes };
}

/** A fault of the caller, who sealed the events for another end of the stream than the one it expects. */
export function brokenChain(stream: string): RangeError {
  return new RangeError(`the events for ${stream} do not continue its hash chain`);
}
