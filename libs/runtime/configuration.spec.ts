import { ConfigurationError, loadConfiguration } from './configuration';
import { warningsOf } from './kafka-configuration';

const DATABASE_URL = 'postgres://luodi:secret@localhost:5432/luodi';

describe('loadConfiguration', () => {
  it('fills in what is not said', () => {
    expect(loadConfiguration({ DATABASE_URL })).toEqual({
      databaseUrl: DATABASE_URL,
      eventStore: 'postgres',
      programme: 'deploy/programmes/xinjiang-aid.json',
      host: '127.0.0.1',
      port: 3000,
      auth: 'token',
      logLevel: 'info',
      logFormat: 'json',
      kafkaTls: false,
      relayName: 'relay',
      projectorSource: 'store',
      projectorGroup: 'luodi-projector',
    });
  });

  it('takes what is said, and an empty variable for a missing one', () => {
    const configuration = loadConfiguration({ DATABASE_URL, PORT: '0', AUTH: 'local', HOST: '', LOG_FORMAT: 'pretty' });
    expect(configuration).toMatchObject({ port: 0, auth: 'local', host: '127.0.0.1', logFormat: 'pretty' });
  });

  it.each([
    'postgres://postgres:password@127.0.0.1:40123/test_0a',
    'postgresql://user@[::1]/luodi',
    'postgres://db.internal/luodi?sslmode=require',
    'postgres:///luodi?host=/var/run/postgresql',
    'postgres://user:pa%40ss@db/luodi',
  ])('accepts the address %s', (url) => {
    expect(loadConfiguration({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  it('names every wrong variable at once, and shows no password', () => {
    const load = () =>
      loadConfiguration({ DATABASE_URL: 'mysql://root:hunter2@db', PORT: '80x', AUTH: 'none', LOG_LEVEL: 'loud' });
    expect(load).toThrow(ConfigurationError);
    expect(load).toThrow(
      /DATABASE_URL must be an address[^]*PORT must be[^]*AUTH must be one of token, local[^]*LOG_LEVEL/,
    );
    expect(load).not.toThrow(/hunter2/);
  });

  it.each(['luodi.example', 'https://luodi.example/', 'https://luodi.example/?a', 'https://'])(
    'refuses the public address %s',
    (PUBLIC_URL) => {
      expect(() => loadConfiguration({ DATABASE_URL, PUBLIC_URL })).toThrow(/PUBLIC_URL must be an address/);
    },
  );

  it('takes brokers apart', () => {
    const { kafkaBrokers } = loadConfiguration({ DATABASE_URL, KAFKA_BROKERS: 'kafka-1:9092, [::1]:9093' });
    expect(kafkaBrokers).toEqual(['kafka-1:9092', '[::1]:9093']);
  });

  it('takes only the credentials that the mechanism needs', () => {
    const password = { KAFKA_SASL_USERNAME: 'luodi', KAFKA_SASL_PASSWORD: 'hunter2' };
    const token = {
      KAFKA_SASL_TOKEN_URL: 'http://localhost:8080/token',
      KAFKA_SASL_CLIENT_ID: 'luodi',
      KAFKA_SASL_CLIENT_SECRET: 'hunter2',
    };
    for (const KAFKA_SASL_MECHANISM of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
      expect(() => loadConfiguration({ DATABASE_URL, KAFKA_SASL_MECHANISM, ...password })).not.toThrow();
    }
    expect(() => loadConfiguration({ DATABASE_URL, KAFKA_SASL_MECHANISM: 'OAUTHBEARER', ...token })).not.toThrow();
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ KAFKA_BROKERS: 'kafka-1' }, /^ {2}KAFKA_BROKERS must be brokers such as/m],
    [{ KAFKA_BROKERS: 'user:hunter2@kafka:9092' }, /^ {2}KAFKA_BROKERS must be/m],
    [{ KAFKA_TLS: 'yes' }, /^ {2}KAFKA_TLS must be true or false/m],
    [{ KAFKA_TLS_CERT: 'us.pem' }, /^ {2}KAFKA_TLS_KEY is missing: it must be the path of a PEM file/m],
    [{ KAFKA_SASL_MECHANISM: 'hunter2' }, /^ {2}KAFKA_SASL_MECHANISM must be one of PLAIN, SCRAM/m],
    [{ KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'a' }, /^ {2}KAFKA_SASL_PASSWORD is missing/m],
    [
      { KAFKA_SASL_MECHANISM: 'OAUTHBEARER' },
      /TOKEN_URL is missing[^]*CLIENT_ID is missing[^]*CLIENT_SECRET is missing/,
    ],
    [{ KAFKA_TLS_CA: 'ca.pem' }, /^ {2}KAFKA_TLS_CA needs KAFKA_TLS=true/m],
    [{ KAFKA_TLS_CERT: 'us.pem', KAFKA_TLS_KEY: 'us.key' }, /CERT needs KAFKA_TLS=true[^]*KEY needs KAFKA_TLS=true/],
    [{ KAFKA_TLS: 'false', KAFKA_TLS_KEY_PASSWORD: 'hunter2' }, /^ {2}KAFKA_TLS_KEY_PASSWORD needs KAFKA_TLS=true/m],
    [{ KAFKA_SASL_USERNAME: 'luodi' }, /^ {2}KAFKA_SASL_MECHANISM is missing: it must be one of PLAIN/m],
    [{ KAFKA_SASL_PASSWORD: 'hunter2' }, /^ {2}KAFKA_SASL_MECHANISM is missing/m],
    [{ KAFKA_SASL_CLIENT_SECRET: 'hunter2' }, /^ {2}KAFKA_SASL_MECHANISM is missing/m],
    [{ KAFKA_REPLICATION_FACTOR: 'three' }, /^ {2}KAFKA_REPLICATION_FACTOR must be/m],
    [{ RELAY_NAME: 'my relay' }, /^ {2}RELAY_NAME must be/m],
  ])('refuses %p without showing what was said', (env, message) => {
    const load = () => loadConfiguration({ DATABASE_URL, KAFKA_SASL_CLIENT_SECRET: '', ...env });
    expect(load).toThrow(message);
    expect(load).not.toThrow(/hunter2/);
  });

  it.each(['PLAIN', 'OAUTHBEARER'])('warns of a secret that %s would send as anybody can read it', (mechanism) => {
    const env = {
      DATABASE_URL,
      KAFKA_BROKERS: 'kafka-1:9092',
      KAFKA_SASL_MECHANISM: mechanism,
      KAFKA_SASL_USERNAME: 'luodi',
      KAFKA_SASL_PASSWORD: 'hunter2',
      KAFKA_SASL_TOKEN_URL: 'https://id.example/token',
      KAFKA_SASL_CLIENT_ID: 'luodi',
      KAFKA_SASL_CLIENT_SECRET: 'hunter2',
    };
    expect(warningsOf(loadConfiguration(env))).toEqual([expect.stringMatching(`${mechanism}.*KAFKA_TLS=true`)]);
    expect(warningsOf(loadConfiguration({ ...env, KAFKA_TLS: 'true' }))).toEqual([]);
    expect(warningsOf(loadConfiguration({ ...env, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' }))).toEqual([]);
    expect(warningsOf(loadConfiguration({ ...env, KAFKA_BROKERS: '' }))).toEqual([]);
  });

  it('says what is missing to an app that needs more than others', () => {
    const needs = { publicUrl: 'must be there', kafkaBrokers: 'must be brokers' };
    expect(() => loadConfiguration({ DATABASE_URL }, needs)).toThrow(
      'PUBLIC_URL is missing: it must be there\n  KAFKA_BROKERS is missing: it must be brokers',
    );
    const env = { DATABASE_URL, PUBLIC_URL: 'https://luodi.example', KAFKA_BROKERS: 'kafka-1:9092' };
    expect(loadConfiguration(env, needs).publicUrl).toBe('https://luodi.example');
  });

  it('says that the database is missing', () => {
    expect(() => loadConfiguration({})).toThrow(/DATABASE_URL is missing: it must be/);
  });
});
