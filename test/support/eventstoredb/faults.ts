import type { Metadata, ServiceError } from '@grpc/grpc-js';
import type { EventLog } from './log';
import { type Endpoint, internal, notLeader, unavailable, unknown } from './failures';

/**
 * What becomes of an append. `executed`: whether the events stand in the log. `answer`: `drop` breaks all connections,
 * `timeout` is the server's own "timed out", `silence` no answer at all on a connection that lives, `not-ready` the answer of
 * a server that is starting or overloaded (within a batch the client knows it only as an unknown error).
 */
export interface AppendFault {
  executed: boolean;
  answer: 'drop' | 'timeout' | 'silence' | 'not-ready';
}

/**
 * What becomes of events on their way: `drop` breaks all connections, `error`, `unknown` and `internal` end the call with
 * UNAVAILABLE, UNKNOWN and INTERNAL, `end` without any error, `stall` sends nothing more on a connection that lives.
 */
export type StreamFault = 'drop' | FailedCall | 'end' | 'stall';

export type FailedCall = keyof typeof FAILED_CALLS;

export const FAILED_CALLS = { error: unavailable, unknown, internal };

/** Calls of Read that send events. */
export type StreamKind = 'subscriptions' | 'reads';

interface Failing {
  fail(fault: Exclude<StreamFault, 'drop'>): void;
}

interface Countdown {
  every: number;
  left: number;
  times: number;
  fault: StreamFault;
}

/** What goes wrong, as the test wants it. Everything is off until asked for; `clear` turns it off again. */
export class Faults {
  private appends: AppendFault[] = [];
  private calls: ServiceError[] = [];
  private countdowns = new Map<StreamKind, Countdown>();
  private delays = { before: 0, answer: 0 };
  private readonly open = { subscriptions: new Set<Failing>(), reads: new Set<Failing>() };
  private follower: { leader?: Endpoint; log: EventLog } | undefined;

  constructor(
    private readonly log: EventLog,
    private readonly breakConnections: () => void,
  ) {}

  /** The next appends. */
  failAppends(fault: AppendFault, times = 1): void {
    this.appends.push(...Array<AppendFault>(times).fill(fault));
  }

  /** The next calls of any kind (an append of a batch is one) fail, with UNAVAILABLE if not told otherwise, before anything is done. */
  failCalls(times = 1, how: FailedCall = 'error'): void {
    this.calls.push(...Array.from({ length: times }, () => FAILED_CALLS[how]()));
  }

  /**
   * From now on this node is not the leader, and hears nothing of what the leader writes. A call that requires the leader is
   * told who that is, or that nobody knows; other reads and subscriptions get what stood here, other appends are passed on.
   */
  notLeader(leader?: Endpoint): void {
    this.follower = { leader, log: this.log.snapshot() };
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
  failSubscriptions(fault: StreamFault): void {
    if (fault === 'drop') this.breakConnections();
    else for (const subscription of [...this.open.subscriptions]) subscription.fail(fault);
  }

  /** After each `count`-th event sent to subscriptions, counted over all of them, `times` times. */
  failSubscriptionsAfter(count: number, fault: StreamFault, times = 1): void {
    this.countdowns.set('subscriptions', { every: count, left: count, times, fault });
  }

  /** The same for reads that have an end. */
  failReadsAfter(count: number, fault: StreamFault, times = 1): void {
    this.countdowns.set('reads', { every: count, left: count, times, fault });
  }

  /** How many subscriptions are open. */
  get subscriptions(): number {
    return this.open.subscriptions.size;
  }

  clear(): void {
    this.appends = [];
    this.calls = [];
    this.follower = undefined;
    this.countdowns.clear();
    this.delays = { before: 0, answer: 0 };
  }

  // What follows is for the services.

  takeAppendFault(): AppendFault | undefined {
    return this.appends.shift();
  }

  takeCallFault(metadata: Metadata): ServiceError | undefined {
    const isForLeader = metadata.get('requires-leader')[0] === 'true';
    if (this.follower && isForLeader) {
      const { leader } = this.follower;
      return leader ? notLeader(leader) : unknown();
    }
    return this.calls.shift();
  }

  /** What reads see of the log. */
  get visible(): EventLog {
    return this.follower?.log ?? this.log;
  }

  async wait(when: 'before' | 'answer'): Promise<void> {
    const ms = this.delays[when];
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
  }

  opened(kind: StreamKind, stream: Failing): () => void {
    this.open[kind].add(stream);
    return () => this.open[kind].delete(stream);
  }

  /** @returns what happens now that one more event has been sent */
  eventSent(kind: StreamKind): StreamFault | undefined {
    const countdown = this.countdowns.get(kind);
    if (!countdown || --countdown.left > 0) return undefined;
    countdown.left = countdown.every;
    if (--countdown.times <= 0) this.countdowns.delete(kind);
    return countdown.fault;
  }
}
