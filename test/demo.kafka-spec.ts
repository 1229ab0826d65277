import { randomUUID } from 'node:crypto';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { createDatabase } from './support/database';
import { Kcat } from './support/kcat';
import { describeKafka, eventIn, Read, readCommitted, testBrokers } from './support/kafka';
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
    const own = await ownRecords(TOPICS);
    expect((await typesThatHold(own)).size).toBeGreaterThan(10);
  });

  // No relay of this demo was killed: kcat would show what it left unfinished as well.
  it('can be read by kcat, and the messages are as the schemas say', async () => {
    const kcat = await Kcat.find().catch((error: Error) => {
      if (process.env.CI === 'true') throw error;
      process.stderr.write(`\n*** SKIPPED, the demo is not read by kcat: ${error.message}\n\n`);
      return undefined;
    });
    if (!kcat) return;
    for (const topic of TOPICS.slice(0, 3)) {
      const read = await kcat.read(brokers, `luodi.${topic}.v1`);
      const own = read.map(({ key, payload }) => ({ key, value: payload })).filter(isOwn);
      const committed = await ownRecords([topic]);
      expect(own.length).toBe(committed.length);
      expect((await typesThatHold(own)).size).toBeGreaterThan(0);
    }
  });

  const isOwn = (record: Message) => eventIn(record)?.source.startsWith(source) ?? false;

  const ownRecords = async (topics: readonly string[]): Promise<Message[]> => {
    const records = await readCommitted(
      brokers,
      topics.map((topic) => `luodi.${topic}.v1`),
    );
    return records.filter(isOwn);
  };

  /** Checks all messages by the schemas at the addresses they name. @returns their types */
  const typesThatHold = async (records: readonly Message[]): Promise<Set<string>> => {
    const envelope = await schemaAt(`${url}/schemas/luodi.envelope.v1.json`);
    const types = new Map<string, Awaited<ReturnType<typeof schemaAt>>>();
    for (const { key, value } of records) {
      const event = JSON.parse(value as string) as Envelope;
      const { type, dataschema, data, subject } = event;
      if (!types.has(type)) types.set(type, await schemaAt(dataschema));
      expect(envelope(event)).toEqual([]);
      expect(types.get(type)?.(data)).toEqual([]);
      expect(key).toBe(subject);
    }
    return new Set(types.keys());
  };

  it('says nothing that alarms', () => {
    expect(demo.output).not.toMatch(/warn|error/i);
  });
});

type Message = Pick<Read, 'key' | 'value'>;

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
