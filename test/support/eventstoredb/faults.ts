import type { ServiceError } from '@grpc/grpc-js';
import { type Endpoint, notLeader, unavailable } from './failures';

/**
 * What becomes of an append. `executed`: whether the events stand in the log. `answer`: `drop` breaks all connections,
 * `timeout` is the server's own "timed out", `silence` no answer at all on a connection that lives, `not-ready` the answer of
 * a server that is starting or overloaded (within a batch the client knows it only as an unknown error).
 */
export interface AppendFault {
  executed: boolean;
  answer: 'drop' | 'timeout' | 'silence' | 'not-ready';
}

/** How a subscription comes to its end: by its connection, by an error, without one, or by going silent on a living connection. */
export type SubscriptionFault = 'drop' | 'error' | 'end' | 'stall';

export interface OpenSubscription {
  fail(fault: Exclude<SubscriptionFault, 'drop'>): void;
}

interface Countdown {
  every: number;
  left: number;
  times: number;
  fault: SubscriptionFault;
}

/** What goes wrong, as the test wants it. Everything is off until asked for; `clear` turns it off again. */
export class Faults {
  private appends: AppendFault[] = [];
  private calls: ServiceError[] = [];
  private countdown?: Countdown;
  private delays = { before: 0, answer: 0 };
  private readonly subscriptions = new Set<OpenSubscription>();

  constructor(private readonly breakConnections: () => void) {}

  /** The next appends. */
  failAppends(fault: AppendFault, times = 1): void {
    for (let n = 0; n < times; n++) this.appends.push(fault);
  }

  /** The next calls of any kind (an append of a batch is one) fail with UNAVAILABLE, before anything is done. */
  unavailable(times = 1): void {
    for (let n = 0; n < times; n++) this.calls.push(unavailable());
  }

  /** The next calls of any kind are refused by a node that is not the leader. */
  notLeader(leader: Endpoint, times = 1): void {
    for (let n = 0; n < times; n++) this.calls.push(notLeader(leader));
  }

  /** Milliseconds by which every append and read waits, before it is executed and before it is answered. */
  delay({ before = 0, answer = 0 }: { before?: number; answer?: number }): void {
    this.delays = { before, answer };
  }

  /** Breaks all connections (TCP reset); new ones are taken. */
  dropConnections(): void {
    this.breakConnections();
  }

  /** All subscriptions that are open now. */
  failSubscriptions(fault: SubscriptionFault): void {
    if (fault === 'drop') this.breakConnections();
    else for (const subscription of [...this.subscriptions]) subscription.fail(fault);
  }

  /** After each `count`-th event sent to subscriptions, counted over all of them, `times` times. */
  failSubscriptionsAfter(count: number, fault: SubscriptionFault, times = 1): void {
    this.countdown = { every: count, left: count, times, fault };
  }

  clear(): void {
    this.appends = [];
    this.calls = [];
    this.countdown = undefined;
    this.delays = { before: 0, answer: 0 };
  }

  // For the services:

  takeAppendFault(): AppendFault | undefined {
    return this.appends.shift();
  }

  takeCallFault(): ServiceError | undefined {
    return this.calls.shift();
  }

  async wait(when: 'before' | 'answer'): Promise<void> {
    const ms = this.delays[when];
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  opened(subscription: OpenSubscription): () => void {
    this.subscriptions.add(subscription);
    return () => this.subscriptions.delete(subscription);
  }

  /** @returns what happens now that one more event has been sent */
  eventSent(): SubscriptionFault | undefined {
    const countdown = this.countdown;
    if (!countdown || --countdown.left > 0) return undefined;
    countdown.left = countdown.every;
    if (--countdown.times <= 0) this.countdown = undefined;
    return countdown.fault;
  }
}
