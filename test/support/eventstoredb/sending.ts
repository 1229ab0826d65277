import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { FAILED_CALLS, Faults, type StreamFault } from './faults';
import type { StoredEvent } from './log';
import { eventMessage } from './messages';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** The answering side of one call of Read: waits for room, counts events, and fails as the test wants it. */
export class Sending {
  private readonly ending = new AbortController();
  private isStalled = false;

  constructor(
    private readonly call: ReadCall,
    private readonly faults: Faults,
    private readonly kind: 'subscriptions' | 'reads',
  ) {
    const closed = faults.opened(kind, this);
    this.ended.addEventListener('abort', closed);
    call.on('cancelled', () => this.ending.abort());
    call.on('finish', () => this.ending.abort());
  }

  /** Aborted when the client has gone or the call has been ended. */
  get ended(): AbortSignal {
    return this.ending.signal;
  }

  get isOpen(): boolean {
    return !this.ended.aborted && !this.isStalled;
  }

  async event(event: StoredEvent): Promise<void> {
    if (!this.isOpen) return;
    await this.message(eventMessage(event));
    const fault = this.faults.eventSent(this.kind);
    if (fault === 'drop') this.faults.dropConnections();
    else if (fault) this.fail(fault);
  }

  /** Resolves when there is room for the next, or nobody to send it to. */
  async message(message: ReadResp): Promise<void> {
    if (!this.isOpen || this.call.write(message)) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.call.off('drain', go);
        this.ended.removeEventListener('abort', go);
        resolve();
      };
      this.call.once('drain', go);
      this.ended.addEventListener('abort', go);
    });
  }

  fail(fault: Exclude<StreamFault, 'drop'>): void {
    if (fault === 'stall') this.isStalled = true;
    else if (fault === 'end') this.end();
    else this.failWith(FAILED_CALLS[fault]());
  }

  failWith(error: unknown): void {
    if (this.ended.aborted) return;
    this.call.emit('error', error);
    this.ending.abort();
  }

  end(): void {
    if (!this.isOpen) return;
    this.call.end();
    this.ending.abort();
  }
}
