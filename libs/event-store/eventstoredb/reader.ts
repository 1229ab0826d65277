import { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { setTimeout as sleep } from 'node:timers/promises';
import { BATCH_BYTES, EventStoreUnavailable, Position, RecordedEvent } from '../event-store';
import { Connection } from './connection';
import { enough, ReadBounds } from './enough';
import { comparePositions, parsePosition } from './position';
import { recordedEventOf } from './recorded-event';
import { allRequest, Prefixes, streamRequest } from './requests';

/**
 * A call that fails because there is no connection is tried again after each of these; then the store is unavailable. A
 * little longer than the second for which gRPC makes no new connection after one that broke while it was made.
 */
export const RETRY_PAUSES_MS = [0, 20, 80, 300, 800];

/** The reading half of the EventStoreDB store: reads with a bound each, tried again when the connection was lost. */
export class Reader {
  constructor(
    readonly connection: Connection,
    readonly prefixes: Prefixes,
  ) {}

  /** Position of the newest event of ours. */
  async head(signal?: AbortSignal): Promise<Position | undefined> {
    const [newest] = await this.events(() => allRequest('end', 1, this.prefixes), { count: 1 }, signal);
    return newest?.position;
  }

  /** Position of the first event of ours after another. */
  async firstAfter(after: Position | undefined, signal?: AbortSignal): Promise<Position | undefined> {
    const [first] = await this.page({ after }, 1, signal);
    return first?.position;
  }

  /** The event of ours at a position; undefined where another's stands, or the store ends before. @throws RangeError where none begins */
  async at(position: Position, signal?: AbortSignal): Promise<RecordedEvent | undefined> {
    const bounds = { count: 1, upTo: position };
    const [event] = await this.events(() => allRequest(parsePosition(position), 1, this.prefixes), bounds, signal);
    return event?.position === position ? event : undefined;
  }

  /** Whether an event, be it another's, begins at a position. */
  async isPlace(position: Position, signal?: AbortSignal): Promise<boolean> {
    const from = parsePosition(position);
    try {
      return (await this.responses(() => allRequest(from, 1), { count: 1 }, signal)).some((each) => each.hasEvent());
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  /** All events of ours after a position and up to that of another, page by page. Ends nowhere else. */
  async *pages(
    { after, upTo }: { after: Position | undefined; upTo: Position },
    limit: number,
    signal?: AbortSignal,
  ): AsyncGenerator<RecordedEvent[]> {
    let place = after;
    while (place === undefined || comparePositions(place, upTo) < 0) {
      signal?.throwIfAborted();
      const page = await this.page({ after: place, upTo }, limit, signal);
      const events = page.filter(({ position }) => comparePositions(position, upTo) <= 0);
      if (events.length === 0) throw new EventStoreUnavailable(`EventStoreDB has cut off a read before ${upTo}`);
      place = events.at(-1)?.position;
      yield events;
    }
  }

  /** Events of a stream from a revision on; nothing for a stream that does not exist. */
  streamPage(
    stream: string,
    fromRevision: number,
    bounds: Pick<ReadBounds, 'count' | 'bytes'>,
    signal?: AbortSignal,
  ): Promise<RecordedEvent[]> {
    return this.events(() => streamRequest(stream, fromRevision, bounds.count), bounds, signal);
  }

  /** The last event of a stream. */
  async lastOf(stream: string): Promise<RecordedEvent | undefined> {
    const [last] = await this.events(() => streamRequest(stream, 'last', 1), { count: 1 });
    return last;
  }

  /** The next events of ours after a position, `limit` at most; fewer when there are no more, or large ones among them. */
  private async page(
    { after, upTo }: { after: Position | undefined; upTo?: Position },
    limit: number,
    signal?: AbortSignal,
  ): Promise<RecordedEvent[]> {
    const bounds = { bytes: BATCH_BYTES, upTo };
    if (after === undefined) {
      return this.events(() => allRequest('start', limit, this.prefixes), { ...bounds, count: limit }, signal);
    }
    // A read begins with the event at its position, which is the one we have already.
    const [from, count] = [parsePosition(after), limit + 1];
    const events = await this.events(() => allRequest(from, count, this.prefixes), { ...bounds, count }, signal);
    return events.filter(({ position }) => comparePositions(position, after) > 0).slice(0, limit);
  }

  private async events(...read: Parameters<Reader['responses']>): Promise<RecordedEvent[]> {
    return (await this.responses(...read)).flatMap((response) => recordedEventOf(response) ?? []);
  }

  private async responses(request: () => ReadReq, bounds: ReadBounds, signal?: AbortSignal): Promise<ReadResp[]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.connection.read(request(), enough(bounds), signal);
      } catch (error) {
        const pauseMs = RETRY_PAUSES_MS[attempt];
        if (pauseMs === undefined || !(error instanceof EventStoreUnavailable)) throw error;
        await sleep(pauseMs);
      }
    }
  }
}
