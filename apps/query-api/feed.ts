import { EventStore, Position, RecordedEvent } from '../../libs/event-store/event-store';

/** Whose events to deliver; all of them when empty. `stream` is a stream's name, `category` what stands before its first hyphen. */
export interface FeedFilter {
  category?: 'project' | 'conference';
  stream?: string;
}

export interface FeedPage {
  items: RecordedEvent[];
  /** Ask for what comes after this next. Beyond the last item when events that do not match were passed over. */
  next?: Position;
  /** Whether the page reaches the end of the store as it was: `next` is then where new events will appear. */
  atEnd: boolean;
}

/** A page passes over this many events at most, so that a rare kind costs a bounded read per request. */
export const SCANNED_PER_PAGE = 20_000;
const BATCH = 500;
/** A page ends with the event that reaches so many bytes of JSON, however few they are. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * The events after a position, in the order of the store: at most `limit`, fewer where they are large, none of them twice
 * however often it is asked. The store is read no further than a batch beyond the page.
 */
export async function readFeed(
  store: EventStore,
  query: FeedFilter & { after?: Position; limit: number },
): Promise<FeedPage> {
  const page: FeedPage = { items: [], next: query.after, atEnd: false };
  let scanned = 0;
  let bytes = 0;
  const batches =
    query.stream === undefined
      ? store.readAll({ after: query.after, batchSize: isFiltered(query) ? BATCH : query.limit + 1 })
      : streamAfter(store, query.stream, query.after);
  for await (const batch of batches) {
    for (const event of batch) {
      if (page.items.length === query.limit || scanned === SCANNED_PER_PAGE || bytes >= PAGE_BYTES) return page;
      if (matches(event, query)) {
        page.items.push(event);
        bytes += Buffer.byteLength(JSON.stringify(event));
      }
      page.next = event.position;
      scanned += 1;
    }
  }
  return { ...page, atEnd: true };
}

/** A step of a live feed: events that match, and the position up to which everything has been looked at. */
export interface FeedStep {
  items: RecordedEvent[];
  position: Position;
}

/**
 * All events after a position and then every new one until the signal aborts. A step may be empty: the reader can resume
 * from its position all the same. What a slow reader does not take is not read: at most one batch is in memory.
 */
export async function* followFeed(
  store: EventStore,
  query: FeedFilter & { after?: Position; batchSize: number },
  signal: AbortSignal,
): AsyncGenerator<FeedStep> {
  let after = query.after;
  const head = query.stream === undefined ? undefined : await store.head();
  if (query.stream !== undefined && head !== undefined && isAfter(store, head, after)) {
    // The past of one stream is read from that stream, not searched for in the whole store.
    for await (const { items, position } of streamBetween(store, query.stream, { after, head })) {
      yield { items: items.filter((event) => matches(event, query)), position };
    }
    after = head;
  }
  for await (const batch of store.followAll({ after, batchSize: query.batchSize, signal })) {
    const last = batch.at(-1);
    if (last) yield { items: batch.filter((event) => matches(event, query)), position: last.position };
  }
}

async function* streamBetween(
  store: EventStore,
  stream: string,
  span: { after?: Position; head: Position },
): AsyncGenerator<FeedStep> {
  for await (const items of streamAfter(store, stream, span.after)) {
    const position = items[0]?.position ?? span.head;
    if (isAfter(store, position, span.head)) return;
    yield { items, position };
  }
}

async function* streamAfter(store: EventStore, stream: string, after?: Position): AsyncGenerator<RecordedEvent[]> {
  for await (const event of store.readStream(stream)) {
    if (isAfter(store, event.position, after)) yield [event];
  }
}

function isAfter(store: EventStore, position: Position, after: Position | undefined): boolean {
  return after === undefined || store.compare(position, after) > 0;
}

function isFiltered(filter: FeedFilter): boolean {
  return filter.category !== undefined || filter.stream !== undefined;
}

function matches(event: RecordedEvent, filter: FeedFilter): boolean {
  if (filter.stream !== undefined && event.stream !== filter.stream) return false;
  return filter.category === undefined || event.stream.startsWith(`${filter.category}-`);
}
