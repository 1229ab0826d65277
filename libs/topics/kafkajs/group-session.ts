import {
  Consumer,
  ConsumerEndBatchProcessEvent,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
  KafkaMessage,
} from 'kafkajs';
import { GroupHandler, GroupMessage, GroupPlace, KafkaGroups } from '../group-port';
import { KafkaUnavailable } from '../kafka-port';
import { unavailable } from './failures';

/** Messages given to the handler at once; between two parts the group hears that we live. */
const PART = 1_000;

/**
 * One membership on a consumer of kafkajs, to be thrown away whole after an error. kafkajs fetches as soon as it has
 * joined, and may still hand over what it fetched before a rebalance: so everything is paused at each assignment until the
 * handler has said where to read from, and a batch counts only for the assignment it came in.
 */
export class GroupSession {
  private readonly ended = Promise.withResolvers<void>();
  private isOver = false;
  private assigned: readonly GroupPlace[] = [];
  /** Counts assignments. */
  private term = 0;
  /** Offset that comes next, by partition; empty while an assignment is being begun. */
  private readonly next = new Map<string, bigint>();
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly consumer: Consumer,
    private readonly handler: GroupHandler,
    /** Compacted: their offsets have gaps. */
    private readonly everyones: readonly string[],
    private readonly bounds: KafkaGroups['bounds'],
  ) {
    // Awaited in run(), but maybe not before it fails.
    this.ended.promise.catch(() => undefined);
  }

  async connect(topics: string[]): Promise<void> {
    try {
      await this.consumer.connect();
      await this.consumer.subscribe({ topics, fromBeginning: true });
    } catch (error) {
      throw unavailable(error);
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { consumer } = this;
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.join(payload));
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => this.pass(payload));
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => this.fail(unavailable(error)));
    const stop = (): void => this.end();
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    try {
      const eachBatch = (payload: EachBatchPayload): Promise<void> => this.batch(payload);
      consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch }).catch((error: unknown) => {
        this.fail(unavailable(error));
      });
      await this.ended.promise;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  end(): void {
    this.isOver = true;
    this.ended.resolve();
  }

  /** When the handler has nothing at work any more. */
  async idle(): Promise<void> {
    await this.queue;
  }

  private fail(error: unknown): void {
    this.isOver = true;
    this.ended.reject(error);
  }

  private join({ memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    this.assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    void this.begin();
  }

  private begin(): Promise<boolean | undefined> {
    const { consumer, assigned } = this;
    this.term += 1;
    this.next.clear();
    const partitions = assigned.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
    consumer.pause(partitions);
    return this.inTurn(async () => {
      const starts = await this.handler.begin(assigned);
      return () => {
        for (const start of starts) {
          this.next.set(nameOf(start), start.next);
          consumer.seek({ topic: start.topic, partition: start.partition, offset: String(start.next) });
        }
        consumer.resume(partitions);
        return true;
      };
    });
  }

  private async batch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { topic, partition, messages } = batch;
    const end = BigInt(batch.lastOffset()) + 1n;
    for (let start = 0; start < messages.length && this.isWanted(payload); start += PART) {
      const part = messages.slice(start, start + PART);
      const last = part.at(-1) as KafkaMessage;
      const next = start + PART < messages.length ? BigInt(last.offset) + 1n : end;
      const taken = await this.take({ topic, partition }, part, {
        first: start === 0 ? batch.firstOffset() : null,
        next,
      });
      if (taken) payload.resolveOffset(last.offset);
      // Throws when the group is being rebalanced: kafkajs joins it again then.
      if (!this.isOver) await payload.heartbeat();
      if (!taken) return;
    }
  }

  private isWanted(payload: EachBatchPayload): boolean {
    return payload.isRunning() && !payload.isStale() && !this.isOver;
  }

  /** What kafkajs does not hand over: batches of nothing but marks and aborted messages. */
  private pass({
    topic,
    partition,
    batchSize,
    lastOffset,
    firstOffset,
  }: ConsumerEndBatchProcessEvent['payload']): void {
    if (batchSize > 0) return;
    void this.take({ topic, partition }, [], { first: firstOffset, next: BigInt(lastOffset) + 1n });
  }

  /** Undefined when it was not for this assignment, or has failed; false when everything was begun again. */
  private async take(
    place: GroupPlace,
    messages: readonly KafkaMessage[],
    { first, next }: { first: string | null; next: bigint },
  ): Promise<boolean | undefined> {
    const taken = await this.inTurn(async () => {
      const name = nameOf(place);
      const expected = this.next.get(name);
      if (expected === undefined) return undefined;
      if (next <= expected) {
        if (messages.length > 0) await this.assertReaches(place, expected);
        return () => true;
      }
      this.assertWithoutGap(place, first, expected);
      const fresh = messages.map(messageOf).filter(({ offset }) => offset >= expected);
      const isTaken = await this.handler.take(place, fresh, next);
      return () => {
        if (isTaken) this.next.set(name, next);
        return isTaken;
      };
    });
    if (taken === false) await this.begin();
    return taken;
  }

  /** What has come was fetched before the assignment, as a rule; but kafkajs also begins at the beginning where a partition ends too early. */
  private async assertReaches({ topic, partition }: GroupPlace, expected: bigint): Promise<void> {
    const bounds = (await this.bounds([topic])).find((bound) => bound.partition === partition);
    if (bounds && bounds.high >= expected) return;
    throw new KafkaUnavailable(
      `partition ${partition} of ${topic} ends at ${bounds?.high}, before ${expected}: was it made anew?`,
    );
  }

  /** kafkajs goes on at the first message that is left when the one it wants is gone; nobody may miss that. */
  private assertWithoutGap({ topic, partition }: GroupPlace, first: string | null, expected: bigint): void {
    if (first === null || BigInt(first) <= expected || this.everyones.includes(topic)) return;
    throw new KafkaUnavailable(`partition ${partition} of ${topic} has nothing between ${expected} and ${first}`);
  }

  /**
   * Lets the handler work, one call after the other, and takes in what came of it, if the assignment has not changed since
   * this was asked for. Undefined if it has, or after a failure.
   */
  private inTurn<T>(work: () => Promise<(() => T) | undefined>): Promise<T | undefined> {
    const { term } = this;
    const isCurrent = (): boolean => term === this.term && !this.isOver;
    const result = this.queue.then(async () => {
      try {
        const takeIn = isCurrent() ? await work() : undefined;
        return isCurrent() ? takeIn?.() : undefined;
      } catch (error) {
        this.fail(error);
        return undefined;
      }
    });
    this.queue = result;
    return result;
  }
}

function nameOf({ topic, partition }: GroupPlace): string {
  return `${topic} ${partition}`;
}

function messageOf({ offset, key, value }: KafkaMessage): GroupMessage {
  return { offset: BigInt(offset), key: key?.toString(), value: value && value.toString() };
}
