import { randomUUID } from 'node:crypto';
import type { Filter } from './filter';
import type { EventLog, StoredEvent } from './log';
import { caughtUp, checkpoint, confirmation, fellBehind } from './messages';
import type { Sending } from './sending';

/** Behind by more than this, a live subscription is told that it fell behind: what the server buffers for it. */
const LIVE_BUFFER = 64;

export interface SubscriptionSource {
  /** A list that grows: of the stream, or of all. */
  events: readonly StoredEvent[];
  /** Index of the first event to look at. */
  from: number;
  /** Only events behind this position of $all. */
  behind?: bigint;
  /** Only for $all. */
  filter?: Filter;
}

/** One call of Read that does not end: confirmation, what there is, "caught up", what comes; checkpoints when filtered. */
export class Subscription {
  private isLive = false;
  private next: number;
  private considered = 0;

  constructor(
    private readonly source: SubscriptionSource,
    private readonly sending: Sending,
  ) {
    this.next = source.from;
  }

  async run(log: EventLog): Promise<void> {
    await this.sending.message(confirmation(randomUUID()));
    while (!this.sending.ended.aborted) {
      await this.sendWhatThereIs();
      if (!this.isLive) await this.goLive();
      if (this.next >= this.source.events.length || !this.sending.isOpen) await log.grown(this.sending.ended);
    }
  }

  private async sendWhatThereIs(): Promise<void> {
    const { events } = this.source;
    while (this.next < events.length && this.sending.isOpen) {
      if (this.isLive && events.length - this.next > LIVE_BUFFER) {
        this.isLive = false;
        await this.sending.message(fellBehind());
      }
      await this.consider(events[this.next++] as StoredEvent);
    }
  }

  private async consider(event: StoredEvent): Promise<void> {
    const { filter, behind = -1n } = this.source;
    if (event.position > behind && (!filter || filter.matches(event))) await this.sending.event(event);
    if (filter && ++this.considered >= filter.checkpointInterval) await this.sendCheckpoint(event);
  }

  private async goLive(): Promise<void> {
    this.isLive = true;
    const last = this.source.events[this.next - 1];
    if (this.source.filter && last && this.considered > 0) await this.sendCheckpoint(last);
    await this.sending.message(caughtUp());
  }

  private async sendCheckpoint({ position }: StoredEvent): Promise<void> {
    this.considered = 0;
    await this.sending.message(checkpoint(position));
  }
}
