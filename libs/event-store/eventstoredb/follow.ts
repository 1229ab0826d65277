import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreUnavailable, Position, RecordedEvent } from '../event-store';
import { Inbox } from './inbox';
import { comparePositions, parsePosition } from './position';
import { Reader } from './reader';
import { subscriptionRequest } from './requests';

export interface FollowObserver {
  /** A subscription has ended by itself, or the server could not be reached; it goes on after a pause. */
  resubscribed?(reason: Error): void;
  /** A subscription lives and brings nothing, though the store has had events beyond it for so many seconds. */
  stalled?(seconds: number): void;
}

export interface FollowOptions {
  after: Position | undefined;
  batchSize: number;
  signal: AbortSignal;
  /** How long nothing may come before we look whether something should have. */
  quietMs: number;
  observer?: FollowObserver;
}

const PAUSE_MS = { first: 20, longest: 5_000 };

/**
 * All events of ours after a position, and then every new one until the signal aborts. What lies behind is read page by
 * page; only what is new comes by a subscription. Whatever happens to that, the next round begins by reading from the last
 * event that was delivered: a subscription can delay an event, and never lose or repeat one.
 * @throws EventStoreUnavailable when that event is no longer there; RangeError for a position of no event
 */
export async function* follow(reader: Reader, options: FollowOptions): AsyncGenerator<RecordedEvent[]> {
  const follower = new Follower(reader, options);
  let pauseMs = PAUSE_MS.first;
  while (!options.signal.aborted) {
    try {
      for await (const batch of follower.round()) {
        pauseMs = PAUSE_MS.first;
        yield batch;
      }
    } catch (error) {
      if (options.signal.aborted) return;
      if (!(error instanceof EventStoreUnavailable) || error instanceof LastEventGone) throw error;
      options.observer?.resubscribed?.(error);
      // An abort ends the pause, and is no error.
      await sleep(pauseMs, undefined, { signal: options.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest);
    }
  }
}

/** An older backup was restored: who follows must look where he is in it, and start again. */
class LastEventGone extends EventStoreUnavailable {}

class Follower {
  /** Of the last event that was delivered. */
  private delivered: Position | undefined;
  /** Undefined until something is delivered, or the event at the caller's position has been read. */
  private deliveredId: string | undefined;
  /** Where to go on: behind `delivered` where the server has told that nothing of ours is in between. */
  private place: Position | undefined;
  private isChecked = false;

  constructor(
    private readonly reader: Reader,
    private readonly options: FollowOptions,
  ) {
    this.delivered = this.place = options.after;
  }

  /** Up to where the signal aborts or the subscription stalls. @throws EventStoreUnavailable */
  async *round(): AsyncGenerator<RecordedEvent[]> {
    if (this.isChecked) await this.assertHolds();
    else await this.check();
    yield* this.catchUp();
    if (!this.options.signal.aborted) yield* this.live();
  }

  /** Whether the caller can be where he says. @throws RangeError */
  private async check(): Promise<void> {
    const { after, signal } = this.options;
    if (after !== undefined) {
      assertWithin(after, await this.reader.head(signal));
      this.deliveredId = (await this.reader.at(after, signal))?.metadata.eventId;
    }
    this.isChecked = true;
  }

  /**
   * The server may be another than before: one on which an older backup was restored.
   * @throws LastEventGone; EventStoreUnavailable when only what lay behind that event is gone, and is to be read anew
   */
  private async assertHolds(): Promise<void> {
    const { delivered, deliveredId, place } = this;
    if (deliveredId !== undefined && (await this.idAt(delivered)) !== deliveredId) {
      throw new LastEventGone(
        `position ${delivered} no longer holds the event that was read there: was an old backup restored?`,
      );
    }
    if (place === undefined || place === delivered) return;
    if (await this.reader.isPlace(place, this.options.signal)) return;
    this.place = delivered;
    throw new EventStoreUnavailable(`the store no longer reaches position ${place}: was an old backup restored?`);
  }

  /** Id of the event there; undefined where none of ours begins. */
  private async idAt(position: Position | undefined): Promise<string | undefined> {
    try {
      return position && (await this.reader.at(position, this.options.signal))?.metadata.eventId;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  private async *catchUp(): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, signal } = this.options;
    const head = await this.reader.head(signal);
    if (head === undefined) return;
    // From the event itself, for what was told of the place behind it need not hold for another server.
    const pages = this.reader.pages({ after: this.delivered, upTo: head }, batchSize, signal);
    for await (const events of pages) yield* this.deliver(events);
  }

  private async *live(): AsyncGenerator<RecordedEvent[]> {
    const { batchSize, signal, quietMs, observer } = this.options;
    const from = this.place === undefined ? undefined : parsePosition(this.place);
    const call = await this.reader.connection.subscribe(subscriptionRequest(from, this.reader.prefixes));
    const inbox = new Inbox(call, batchSize);
    let missing: Position | undefined;
    try {
      // Only now is it this server from which events come.
      await this.assertHolds();
      while (!signal.aborted) {
        const delivery = await inbox.take(quietMs, signal);
        if (delivery) {
          yield* this.deliver(delivery.events);
          this.moveOn(delivery.checkpoint);
        } else if (!signal.aborted && this.isBehind(missing)) {
          // It was there at the look before this, and has not come since.
          return observer?.stalled?.(quietMs / 1_000);
        }
        missing = delivery ? undefined : await this.reader.firstAfter(this.place, signal);
      }
    } finally {
      inbox.cancel();
    }
  }

  /** Never the same event twice, whatever a server sends. */
  private *deliver(events: readonly RecordedEvent[]): Generator<RecordedEvent[]> {
    const { delivered } = this;
    const fresh =
      delivered === undefined ? [...events] : events.filter((event) => comparePositions(event.position, delivered) > 0);
    const last = fresh.at(-1);
    if (!last || this.options.signal.aborted) return;
    this.delivered = last.position;
    this.deliveredId = last.metadata.eventId;
    this.moveOn(last.position);
    yield fresh;
  }

  private moveOn(position: Position | undefined): void {
    if (position === undefined) return;
    if (this.place === undefined || comparePositions(position, this.place) > 0) this.place = position;
  }

  private isBehind(head: Position | undefined): boolean {
    return head !== undefined && (this.place === undefined || comparePositions(this.place, head) < 0);
  }
}

/** Somebody has seen more than there is: the store was restored from an older backup, and positions mean other events. */
export function assertWithin(after: Position | undefined, head: Position | undefined): void {
  if (after === undefined || (head !== undefined && comparePositions(after, head) <= 0)) return;
  throw new RangeError(`position ${after} lies beyond the end of this store (${head ?? 'which is empty'})`);
}
