import { BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { CompressionTypes, type Kafka, type Producer } from '@nestjs/microservices/external/kafka.interface';
import { Pool } from '../../libs/postgres/pool';
import { ensureTopics } from '../../libs/topics/kafkajs/ensure-topics';
import { DEAD_LETTER_TOPIC } from '../../libs/topics/dead-letters';
import { isTooLarge } from '../../libs/topics/kafkajs/failures';
import { MAX_BATCH_BYTES } from '../../libs/topics/topic';
import { Health } from '../../libs/runtime/health';
import { Loop } from './loop';
import { NOTIFIER_POOL } from './notifier-tokens';
import { publishDeadLetters, type DeadLetterMessage } from './publish-dead-letters';

const POLL_MS = 1_000;

/** Writes dead letters to their topic, at least once each, from open to shutdown. */
@Injectable()
export class DeadLetterTopic implements BeforeApplicationShutdown {
  private loop: Loop | undefined;

  constructor(
    @Inject(NOTIFIER_POOL) private readonly pool: Pool,
    @Inject(Health) private readonly health: Health,
  ) {}

  /** Makes the topic when it is missing; one that exists is left as it is. `replicas` undefined takes the broker's default. */
  async open(kafka: Kafka, producer: Producer, replicas = -1): Promise<void> {
    const admin = kafka.admin();
    await admin.connect();
    try {
      const settings = { 'retention.ms': '-1', 'max.message.bytes': String(MAX_BATCH_BYTES) };
      const topic = { name: DEAD_LETTER_TOPIC, partitions: 1, replicationFactor: replicas, settings };
      // Nest declares kafkajs' types anew.
      await ensureTopics(admin as unknown as Parameters<typeof ensureTopics>[0], [topic]);
    } finally {
      await admin.disconnect();
    }
    const send = async (messages: readonly DeadLetterMessage[]): Promise<void> => {
      // A message that came compressed may be larger than a batch.
      await producer.send({ topic: DEAD_LETTER_TOPIC, messages: [...messages], compression: CompressionTypes.GZIP });
    };
    this.loop = new Loop(
      () => publishDeadLetters(this.pool, { send, isTooLarge }),
      POLL_MS,
      new Logger('dead-letters'),
    );
    this.health.register('dead-letters', () => this.loop?.check());
    this.loop.start();
  }

  /** Before Nest closes the producer. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }
}
