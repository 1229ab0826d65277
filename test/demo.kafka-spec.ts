import { randomUUID } from 'node:crypto';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { createDatabase } from './support/database';
import { describeKafka, eventIn, readCommitted, testBrokers } from './support/kafka';
import { expectPublished } from './support/published';
import { build, freePort, ServerProcess } from './support/server-process';

const TOPICS = ['project-events', 'project-states', 'conference-events', 'relay-positions'];

describeKafka('npm run demo with KAFKA_BROKERS', () => {
  const brokers = testBrokers() as string[];
  const source = `/luodi/demo-${randomUUID()}`;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let url: string;
  let demo: ServerProcess;

  beforeAll(async () => {
    await build();
    database = await createDatabase();
    const port = String(await freePort());
    url = `http://127.0.0.1:${port}`;
    const env = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: brokers.join(),
      RELAY_NAME: randomUUID(),
      EVENT_SOURCE: source,
      PORT: port,
      NODE_ENV: 'production',
    };
    demo = ServerProcess.start(['dist/apps/standalone/main.js', 'demo'], env);
    await demo.until('the addresses', () => demo.stdout.includes('Ctrl-C'));
    await demo.until('the relay', async () => {
      const metrics = await fetch(`${url}/metrics`);
      return /^luodi_relay_lag_events 0$/m.test(await metrics.text());
    });
  }, 300_000);

  afterAll(async () => {
    await demo?.end('SIGTERM');
    await database?.drop();
  });

  it('publishes everything', async () => {
    const store = await PostgresEventStore.open(database.url);
    try {
      expect(await expectPublished(store, brokers, { source, publicUrl: url })).toBeGreaterThan(1_000);
    } finally {
      await store.close();
    }
  });

  it('publishes what the schemas say that it serves', async () => {
    const records = await readCommitted(
      brokers,
      TOPICS.map((topic) => `luodi.${topic}.v1`),
    );
    const own = records.filter((record) => eventIn(record)?.source.startsWith(source));
    const envelope = await schemaAt(`${url}/schemas/luodi.envelope.v1.json`);
    const types = new Map<string, Awaited<ReturnType<typeof schemaAt>>>();
    for (const record of own) {
      const { type, dataschema, data, subject } = JSON.parse(record.value as string) as Envelope;
      if (!types.has(type)) types.set(type, await schemaAt(dataschema));
      expect(envelope(JSON.parse(record.value as string))).toEqual([]);
      expect(types.get(type)?.(data)).toEqual([]);
      expect(record.key).toBe(subject);
    }
    expect(types.size).toBeGreaterThan(10);
  });

  it('says nothing that alarms', () => {
    expect(demo.output).not.toMatch(/warn|error/i);
  });
});

interface Envelope {
  type: string;
  subject: string;
  dataschema: string;
  data: object;
}

/** The schema as it is served: what is wrong with a value. */
async function schemaAt(address: string): Promise<(value: unknown) => unknown[]> {
  const response = await fetch(address);
  expect({ address, status: response.status }).toEqual({ address, status: 200 });
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const validate = ajv.compile((await response.json()) as object);
  return (value) => (validate(value) ? [] : (validate.errors ?? []));
}
