import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describeOwnKafka } from '../../../test/support/kafka';
import { KafkaCluster, startKafka } from '../../../test/support/kafka-cluster';
import { loadConfiguration } from '../../runtime/configuration';
import { kafkaAccessOf } from '../kafka-access';
import { KafkaUnavailable } from '../kafka-port';
import { KafkaJs } from './kafkajs-kafka';

const SECRET = 'correct-horse';
const WRONG = 'battery-staple';

/** A broker that lets in who comes encrypted, and with a password or a token. */
describeOwnKafka('a secured cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'luodi-tls-'));
  const ca = join(folder, 'cert.pem');
  const logged: string[] = [];
  let cluster: KafkaCluster;
  let tokens: Server;

  beforeAll(async () => {
    cluster = await startKafka({
      clientProtocol: 'SASL_SSL',
      scramUsers: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map((mechanism) => `${mechanism}=[name=luodi,password=${SECRET}]`),
      properties: { ...saslProperties(), ...tlsProperties(folder, ca) },
    });
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
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (variables: Record<string, string>) => {
    const { port } = tokens.address() as AddressInfo;
    const access = kafkaAccessOf(
      loadConfiguration({
        DATABASE_URL: 'postgres:///luodi',
        KAFKA_BROKERS: cluster.brokers.join(),
        KAFKA_TLS: 'true',
        KAFKA_TLS_CA: ca,
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

function saslProperties(): Record<string, string> {
  const module = 'org.apache.kafka.common.security';
  const name = 'listener.name.client';
  return {
    [`${name}.sasl.enabled.mechanisms`]: 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${name}.plain.sasl.jaas.config`]: `${module}.plain.PlainLoginModule required user_luodi="${SECRET}";`,
    [`${name}.scram-sha-256.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    [`${name}.scram-sha-512.sasl.jaas.config`]: `${module}.scram.ScramLoginModule required;`,
    // Takes tokens that nobody has signed: for tests alone.
    [`${name}.oauthbearer.sasl.jaas.config`]: `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  };
}

function tlsProperties(folder: string, cert: string): Record<string, string> {
  const key = join(folder, 'key.pem');
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  const names = ['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
  execFileSync('openssl', [...request, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const store = join(folder, 'store.pem');
  writeFileSync(store, readFileSync(key, 'utf8') + readFileSync(cert, 'utf8'));
  return {
    'listener.name.client.ssl.keystore.type': 'PEM',
    'listener.name.client.ssl.keystore.location': store,
  };
}

function unsecuredToken(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hour = Math.floor(Date.now() / 3_600_000);
  return `${part({ alg: 'none' })}.${part({ sub: 'luodi', iat: hour * 3600, exp: (hour + 2) * 3600 })}.`;
}
