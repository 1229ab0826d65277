import type { Logger } from 'pino';
import type { Kafka, Producer } from '@nestjs/microservices/external/kafka.interface';
import { Configuration } from '../../libs/runtime/configuration';
import { Health } from '../../libs/runtime/health';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { LOG } from '../../libs/runtime/logging';
import { KafkaAccess, kafkaAccessOf } from '../../libs/topics/kafka-access';
import { clientOptions } from '../../libs/topics/kafkajs/client';
import { KafkaBatchServer } from './batch-server';
import { DeadLetterTopic } from './dead-letter-topic';
import { NotifierModule } from './notifier.module';
import type { NotifierSettings } from './settings';

/**
 * Starts the notifier: HTTP for subscriptions, health and metrics; the webhooks; and the consumer of the topic.
 * @throws ConfigurationError without KAFKA_BROKERS; what kafkajs throws when no broker answers or the topic is missing
 */
export async function startNotifier(
  configuration: Configuration,
  settings: NotifierSettings,
  options: { signals?: boolean } = {},
): Promise<RunningServer> {
  const access = kafkaAccessOf(configuration);
  const server = await startHttp(NotifierModule.with(settings), {
    configuration,
    title: 'Luodi: notifier',
    ...options,
  });
  try {
    await consume(server, settings, access);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/**
 * Of dead letters. Not idempotent: when a broker has written a batch and died before it said so, the next one, with other
 * letters, would have the same sequence, and be refused (OUT_OF_ORDER_SEQUENCE) until a restart. At least once is enough.
 */
export const PRODUCER = { idempotent: false, maxInFlightRequests: 1, allowAutoTopicCreation: false };

async function consume({ app }: RunningServer, { group }: NotifierSettings, access: KafkaAccess): Promise<void> {
  const log = app.get<Logger>(LOG);
  const client = clientOptions(access, (level, message, fields) => log[level](fields, message));
  const consumer = new KafkaBatchServer({
    client: { ...client, brokers: [...access.brokers], clientId: group },
    // Nest would append `-server` to the names.
    postfixId: '',
    // A killed member's partitions go to another after ten seconds; taking a batch over takes milliseconds.
    consumer: { groupId: group, allowAutoTopicCreation: false, maxWaitTimeInMs: 500, sessionTimeout: 10_000 },
    producer: PRODUCER,
    // A group without offsets begins at the first message: what was published before it first ran is for it too.
    subscribe: { fromBeginning: true },
    onGap: (text) => log.error(text),
  });
  let status = 'connecting';
  consumer.status.subscribe((now) => (status = now));
  app.get(Health).register('kafka', () => {
    if (!/^(connected|rebalancing)$/.test(status)) throw new Error(`the consumer is ${status}`);
  });
  // Without the HTTP app's guards, pipes and filters: a message has no caller.
  app.connectMicroservice({ strategy: consumer });
  await app.startAllMicroservices();
  const [kafka, , producer] = consumer.unwrap<[Kafka, unknown, Producer]>();
  await app.get(DeadLetterTopic).open(kafka, producer, app.get(Configuration).kafkaReplicationFactor);
}
