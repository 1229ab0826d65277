import { randomUUID } from 'node:crypto';
import { unavailable } from './failures';
import { Faults } from './faults';
import { Filter } from './filter';
import { EventLog, StoredEvent } from './log';
import { caughtUp, checkpoint, confirmation, eventMessage, fellBehind } from './messages';
import { ReadCall, send } from './sending';

/** Behind by more than this, a live subscription is told that it fell behind: what the server buffers for it. */
const LIVE_BUFFER = 64;

export interface SubscriptionSource {
  /** A list that grows: of the stream, or of all. */
  events: readonly StoredEvent[];
  /** Index of the first event to send. */
  from: number;
  /** Only for $all. */
  filter?: Filter;
}

/** One call of Read that does not end: confirmation, what there is, "caught up", what comes; checkpoints when filtered. */
export class Subscription {
  private readonly ended = new AbortController();
  private isStalled = false;
  private isLive = false;
  private next: number;
  private considered = 0;

  constructor(
    private readonly call: ReadCall,
    private readonly source: SubscriptionSource,
    private readonly log: EventLog,
    private readonly faults: Faults,
  ) {
    this.next = source.from;
    call.on('cancelled', () => this.ended.abort());
    const closed = faults.opened(this);
    this.ended.signal.addEventListener('abort', closed);
  }

  async run(): Promise<void> {
    await this.send(confirmation(randomUUID()));
    while (!this.ended.signal.aborted) {
      await this.sendWhatThereIs();
      await this.log.grown(this.ended.signal);
    }
  }

  fail(fault: 'error' | 'end' | 'stall'): void {
    if (fault === 'stall') {
      this.isStalled = true;
      return;
    }
    this.ended.abort();
    if (fault === 'end') this.call.end();
    else this.call.emit('error', unavailable());
  }

  private async sendWhatThereIs(): Promise<void> {
    const { events } = this.source;
    while (this.next < events.length && this.isSending) {
      if (this.isLive && events.length - this.next > LIVE_BUFFER) {
        this.isLive = false;
        await this.send(fellBehind());
      }
      const event = events[this.next++] as StoredEvent;
      await this.consider(event);
    }
    if (this.isLive || !this.isSending) return;
    this.isLive = true;
    const last = events[this.next - 1];
    if (this.source.filter && last && this.next > this.source.from) await this.sendCheckpoint(last);
    await this.send(caughtUp());
  }

  private async consider(event: StoredEvent): Promise<void> {
    const { filter } = this.source;
    if (!filter || filter.matches(event)) {
      await this.send(eventMessage(event));
      this.countSent();
    }
    if (filter && ++this.considered >= filter.checkpointInterval) await this.sendCheckpoint(event);
  }

  private async sendCheckpoint(event: StoredEvent): Promise<void> {
    this.considered = 0;
    await this.send(checkpoint(event.position));
  }

  private countSent(): void {
    const fault = this.faults.eventSent();
    if (fault === 'drop') this.faults.dropConnections();
    else if (fault) this.fail(fault);
  }

  private get isSending(): boolean {
    return !this.ended.signal.aborted && !this.isStalled;
  }

  private async send(message: Parameters<typeof send>[1]): Promise<void> {
    if (this.isSending) await send(this.call, message, this.ended.signal);
  }
}
