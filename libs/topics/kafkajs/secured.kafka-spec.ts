import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describeOwnKafka } from '../../../test/support/kafka';
import { SECRET, SecuredKafka, startSecuredKafka } from '../../../test/support/secured-kafka';
import { loadConfiguration } from '../../runtime/configuration';
import { kafkaAccessOf } from '../kafka-access';
import { KafkaUnavailable } from '../kafka-port';
import { KafkaJs } from './kafkajs-kafka';

const WRONG = 'battery-staple';

describeOwnKafka('a secured cluster', () => {
  const logged: string[] = [];
  let cluster: SecuredKafka;
  let tokens: Server;

  beforeAll(async () => {
    cluster = await startSecuredKafka();
    tokens = createServer((request, response) => {
      const isKnown = request.headers.authorization === `Basic ${Buffer.from(`luodi:${SECRET}`).toString('base64')}`;
      const answer = isKnown ? { access_token: unsecuredToken(), expires_in: 3600 } : { error: 'invalid_client' };
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }).listen(0, '127.0.0.1');
    await once(tokens, 'listening');
  }, 200_000);

  afterAll(async () => {
    tokens?.close();
    await cluster?.stop();
  });

  const open = (variables: Record<string, string>) => {
    const { port } = tokens.address() as AddressInfo;
    const access = kafkaAccessOf(
      loadConfiguration({
        DATABASE_URL: 'postgres:///luodi',
        KAFKA_BROKERS: cluster.brokers.join(),
        KAFKA_TLS: 'true',
        KAFKA_TLS_CA: cluster.ca,
        KAFKA_SASL_USERNAME: 'luodi',
        KAFKA_SASL_CLIENT_ID: 'luodi',
        KAFKA_SASL_TOKEN_URL: `http://127.0.0.1:${port}/token`,
        ...variables,
      }),
    );
    return new KafkaJs(access, (level, message, fields) => logged.push(inspect({ level, message, fields })));
  };

  const password = (mechanism: string, secret: string) => ({
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_PASSWORD: secret,
    KAFKA_SASL_CLIENT_SECRET: secret,
  });

  describe.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'])('with %s', (mechanism) => {
    it('lets us write and read', async () => {
      const kafka = open(password(mechanism, SECRET));
      const topic = { name: `test-${randomUUID()}`, partitions: 1, replicationFactor: 1, settings: {} };
      await kafka.ensureTopics([topic]);
      const producer = await kafka.transactionalProducer(randomUUID());
      await producer.transaction([{ topic: topic.name, key: 'a', value: '{}', headers: {} }]);
      expect(await producer.readLast(topic.name, 'a')).toBe('{}');
      await producer.close();
      await kafka.close();
    });

    it('turns away a wrong secret, which is told nobody', async () => {
      const kafka = open(password(mechanism, WRONG));
      const error: unknown = await kafka.brokerCount().catch((thrown: unknown) => thrown);
      await kafka.close();
      expect(error).toBeInstanceOf(KafkaUnavailable);
      expect((error as Error).message).toMatch(/authentication failed|no access token from http:\S+: it answered 401/i);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(WRONG);
    });
  });

  it('is not trusted without its certificate', async () => {
    const kafka = open({ ...password('PLAIN', SECRET), KAFKA_TLS_CA: '' });
    await expect(kafka.brokerCount()).rejects.toThrow(/self-signed certificate/);
    await kafka.close();
  });

  it('never appears in the log with a secret', () => {
    expect(logged.length).toBeGreaterThan(0);
    for (const secret of [SECRET, WRONG, Buffer.from(`luodi:${WRONG}`).toString('base64'), unsecuredToken()]) {
      expect(logged.join('\n')).not.toContain(secret);
    }
  });
});

it('names a file of a certificate that cannot be read', () => {
  const configuration = loadConfiguration({
    DATABASE_URL: 'postgres:///luodi',
    KAFKA_BROKERS: 'localhost:9092',
    KAFKA_TLS: 'true',
    KAFKA_TLS_CA: '/nowhere/ca.pem',
  });
  expect(() => kafkaAccessOf(configuration)).toThrow('KAFKA_TLS_CA: /nowhere/ca.pem cannot be read (ENOENT)');
});

function unsecuredToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hour = Math.floor(Date.now() / 3_600_000);
  return `${part({ alg: 'none' })}.${part({ sub: 'luodi', iat: hour * 3600, exp: (hour + 2) * 3600 })}.`;
}
