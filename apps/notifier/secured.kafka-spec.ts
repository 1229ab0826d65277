import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDatabase } from '../../test/support/database';
import { describeOwnKafka } from '../../test/support/kafka';
import { SECRET, SecuredKafka, startSecuredKafka } from '../../test/support/secured-kafka';
import { build, freePort, ServerProcess } from '../../test/support/server-process';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { CloudEvent } from '../../libs/topics/cloud-event';
import { exampleFacts } from '../../libs/topics/example-life';
import { kafkaAccessOf } from '../../libs/topics/kafka-access';
import { KafkaJs } from '../../libs/topics/kafkajs/kafkajs-kafka';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { settingsOf } from '../../libs/topics/topic';
import { messagesOf } from '../../libs/topics/topics';

describeOwnKafka('the notifier and a secured cluster', () => {
  let cluster: SecuredKafka;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let kafka: KafkaJs;
  let receiver: Server;
  let notifier: ServerProcess;
  const received: string[] = [];

  beforeAll(async () => {
    [cluster, database] = await Promise.all([startSecuredKafka(), createDatabase(), build()]);
    receiver = createServer((request, response) => {
      received.push(String(request.headers['webhook-id']));
      response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  }, 300_000);

  afterAll(async () => {
    await notifier?.end('SIGTERM');
    await kafka?.close();
    receiver?.closeAllConnections();
    receiver?.close();
    await cluster?.stop();
    await database?.drop();
  });

  it('calls webhooks with what it reads there, encrypted and with a password that it tells nobody', async () => {
    const port = await freePort();
    const env = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: cluster.brokers.join(),
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA: cluster.ca,
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME: 'luodi',
      KAFKA_SASL_PASSWORD: SECRET,
      PORT: String(port),
      AUTH: 'local',
      LOG_LEVEL: 'debug',
      NOTIFIER_ALLOW_HTTP: 'true',
      NOTIFIER_PRIVATE_NETWORKS: '127.0.0.0/8',
    };
    kafka = new KafkaJs(kafkaAccessOf(loadConfiguration(env)), () => undefined);
    await kafka.ensureTopics([settingsOf(PROJECT_EVENTS, { replicationFactor: 1, partitions: 2 })]);
    notifier = ServerProcess.start(['dist/apps/notifier/main.js'], env);
    await notifier.ready(`http://127.0.0.1:${port}`);
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const subscribed = await fetch(`http://127.0.0.1:${port}/api/v1/subscriptions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'secured', url }),
    });
    expect(subscribed.status).toBe(201);

    const messages = freshMessages();
    const producer = await kafka.transactionalProducer(randomUUID());
    await producer.transaction(messages);
    await producer.close();
    await notifier.until('every webhook', () => received.length >= messages.length);
    expect(received.toSorted()).toEqual(messages.map(({ value }) => (JSON.parse(value) as CloudEvent).id).sort());
    expect(notifier.output).not.toContain(SECRET);
  });
});

/** Example events as if they had just been recorded: a subscription gets what comes after it. */
function freshMessages() {
  const origin = { source: '/luodi/xinjiang-aid', publicUrl: 'https://luodi.example', storeId: 'postgres:example' };
  const time = new Date().toISOString();
  return exampleFacts()
    .flatMap((fact) => messagesOf(fact, origin))
    .filter(({ topic }) => topic === PROJECT_EVENTS.name)
    .map((message) => ({
      ...message,
      value: JSON.stringify({ ...JSON.parse(message.value), id: randomUUID(), time }),
    }));
}
