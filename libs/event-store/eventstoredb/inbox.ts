import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { EventStoreUnavailable, Position, RecordedEvent } from '../event-store';
import { ReadCall } from './connection';
import { explain } from './failures';
import { positionOf } from './position';
import { recordedEventOf } from './recorded-event';

/** What a subscription has brought since it was last asked. */
export interface Delivery {
  events: RecordedEvent[];
  /** Everything up to here has been looked at by the server, after these events: where to go on. */
  checkpoint?: Position;
}

/** Beyond so many batches that wait to be taken, the server is asked to hold back. */
const MOST_BATCHES = 2;

/** Collects what a subscription sends until it is asked for, batch by batch. */
export class Inbox {
  private events: RecordedEvent[] = [];
  private checkpoint: Position | undefined;
  private failure: Error | undefined;
  private isPaused = false;
  private wake: () => void = () => undefined;

  constructor(
    private readonly call: ReadCall,
    private readonly batchSize: number,
  ) {
    call.on('data', (response) => this.receive(response));
    call.on('error', (error) => this.end(explain(error)));
    call.on('end', () => this.end(new EventStoreUnavailable('EventStoreDB has ended the subscription')));
  }

  /**
   * What has come, as soon as something has; undefined when nothing comes for so long, or the signal aborts.
   * @throws EventStoreUnavailable when the subscription has ended and everything it brought has been taken
   */
  async take(timeoutMs: number, signal: AbortSignal): Promise<Delivery | undefined> {
    if (this.isEmpty && !this.failure && !signal.aborted) await this.something(timeoutMs, signal);
    if (signal.aborted) return undefined;
    if (this.isEmpty) {
      if (this.failure) throw this.failure;
      return undefined;
    }
    const events = this.events.splice(0, this.batchSize);
    // A checkpoint lies behind all that came before it.
    const checkpoint = this.events.length === 0 ? this.checkpoint : undefined;
    if (checkpoint !== undefined) this.checkpoint = undefined;
    this.holdBackOrGoOn();
    return { events, checkpoint };
  }

  cancel(): void {
    this.failure ??= new EventStoreUnavailable('the subscription has been given up');
    this.call.cancel();
  }

  private get isEmpty(): boolean {
    return this.events.length === 0 && this.checkpoint === undefined;
  }

  private async something(timeoutMs: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener('abort', done);
      this.wake = done;
    });
  }

  private receive(response: ReadResp): void {
    if (this.failure) return;
    try {
      const event = recordedEventOf(response);
      const checkpoint = response.getCheckpoint();
      if (event) {
        this.events.push(event);
        this.checkpoint = undefined;
      } else if (checkpoint) {
        this.checkpoint = positionOf(checkpoint.getCommitPosition(), checkpoint.getPreparePosition());
      }
    } catch (error) {
      this.end(error as Error);
      this.call.cancel();
    }
    this.holdBackOrGoOn();
    if (!this.isEmpty) this.wake();
  }

  private end(error: Error): void {
    this.failure ??= error;
    this.wake();
  }

  private holdBackOrGoOn(): void {
    const isFull = this.events.length >= this.batchSize * MOST_BATCHES;
    if (isFull === this.isPaused) return;
    this.isPaused = isFull;
    if (isFull) this.call.pause();
    else this.call.resume();
  }
}
