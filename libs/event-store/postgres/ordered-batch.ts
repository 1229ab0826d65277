import { PlacedEvent, requestOf } from '../ordered-append';
import { PreparedAppend, prepareAppend } from '../prepared-append';
import { rowsOf } from './rows';

/** Some events as event_store.append wants them: the rows as they are to stand, however often the stream changes. */
export interface OrderedBatch {
  json: string;
  /** What the rows come to for each stream. */
  appends: PreparedAppend[];
  bytes: number;
}

/** @throws EventTooLarge; RangeError for events that do not continue each other */
export function orderedBatch(events: readonly PlacedEvent[]): OrderedBatch {
  const appends = [...Map.groupBy(events, ({ stream }) => stream).values()].map((own) =>
    prepareAppend(requestOf(own as [PlacedEvent, ...PlacedEvent[]])),
  );
  const rows = new Map(appends.map((append, index) => [append.stream, rowsOf(append, index).values()]));
  return {
    json: `[${events.map(({ stream }) => rows.get(stream)?.next().value).join()}]`,
    appends,
    bytes: appends.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
