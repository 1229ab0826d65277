import { SealedEvent } from '../audit/hash-chain';
import { AppendRequest, EventStore } from './event-store';

/** An event with its place in its stream, as it stands in another store. */
export interface PlacedEvent extends SealedEvent {
  stream: string;
  revision: number;
}

/** What the port's append does not promise: an order across streams. */
export interface OrderedAppend {
  /**
   * Appends events of many streams so that they stand in the whole store in the order given, many in a transaction or in
   * flight. On an error nobody knows which have been written: the streams tell. As a rule it is so many of the first.
   * @throws as {@link EventStore.append} does; of several errors the one of the first event
   */
  appendInOrder(events: readonly PlacedEvent[]): Promise<void>;
}

/** A store that can take in another one's events. */
export type ReceivingStore = EventStore & OrderedAppend;

/** The append of some events of one stream. @throws RangeError when one is missing between them */
export function requestOf(events: readonly [PlacedEvent, ...PlacedEvent[]]): AppendRequest {
  const [{ stream, revision: first }] = events;
  for (const [index, { revision }] of events.entries()) {
    if (revision !== first + index) throw new RangeError(`revision ${first + index} of ${stream} is missing`);
  }
  return { stream, expectedRevision: first - 1, events };
}
