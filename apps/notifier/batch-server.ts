import { KafkaContext, KafkaOptions, ServerKafka } from '@nestjs/microservices';
import type { Consumer, EachBatchPayload, KafkaMessage } from '@nestjs/microservices/external/kafka.interface';
import { gapsOf, textOf } from './gaps';

/** A message as a handler gets it: its place, and its bytes, which nobody has tried to read yet. */
export interface ReceivedMessage {
  topic: string;
  partition: number;
  /** Decimal; greater than any number may hold. */
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
}

/** Of one partition, in order, at once: what one transaction of a handler takes in well. */
const BATCH = 500;

/**
 * Nest's Kafka transport, but for whole batches: `@EventPattern(topic)` handlers get `ReceivedMessage[]`, and their offsets
 * are committed when the handler has resolved, never before. So an effect that is durable when the handler resolves is
 * never lost; it may be asked for again after a crash, so it must be idempotent.
 *
 * Nest itself hands over one message at a time, and parses it before anybody could catch what is no JSON; kafkajs commits
 * by the clock. Here a batch is one insert and one commit, and what cannot be read is the handler's to put aside. Only
 * committed records arrive, for kafkajs reads so unless told otherwise.
 */
export class KafkaBatchServer extends ServerKafka {
  /** `onGap` is told, when it starts, of messages that are gone before it could read them. */
  constructor(private readonly own: KafkaOptions['options'] & { onGap: (text: string) => void }) {
    super(own);
  }

  override async bindEvents(consumer: Consumer): Promise<void> {
    await this.tellGaps();
    await consumer.subscribe({ ...this.options.subscribe, topics: [...this.messageHandlers.keys()] });
    await consumer.run({
      ...this.options.run,
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.handleBatch(payload),
    });
  }

  private async tellGaps(): Promise<void> {
    const admin = this.client?.admin();
    if (!admin) return;
    await admin.connect();
    try {
      for (const topic of this.messageHandlers.keys()) {
        for (const gap of await gapsOf(admin, this.groupId, topic)) this.own.onGap(textOf(gap));
      }
    } finally {
      await admin.disconnect();
    }
  }

  private async handleBatch(payload: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    for (let start = 0; start < messages.length; start += BATCH) {
      // The group has been rebalanced, or we are stopping: somebody else goes on from the last commit.
      if (!payload.isRunning() || payload.isStale()) return;
      const part = messages.slice(start, start + BATCH);
      const data = part.map(({ offset, key, value }) => ({ topic, partition, offset, key, value }));
      await this.handleEvent(topic, { pattern: topic, data }, this.contextOf(payload, part[0] as KafkaMessage));
      payload.resolveOffset((part.at(-1) as KafkaMessage).offset);
      // Before the commit, so that a member that has lost its partition is told so, and does not commit.
      await payload.heartbeat();
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    }
  }

  private contextOf(payload: EachBatchPayload, first: KafkaMessage): KafkaContext {
    const { topic, partition } = payload.batch;
    const heartbeat = () => payload.heartbeat();
    if (!this.consumer || !this.producer) throw new Error('the consumer is closed');
    return new KafkaContext([first, partition, topic, this.consumer, heartbeat, this.producer]);
  }
}
