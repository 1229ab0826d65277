import { Kafka, Partitioners } from 'kafkajs';
import { createHmac, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../../test/support/database';
import { openKafka } from '../../test/support/kafka';
import { KafkaCluster, startKafka } from '../../test/support/kafka-cluster';
import { build, freePort, ServerProcess } from '../../test/support/server-process';
import { DEAD_LETTER_TOPIC } from '../../libs/topics/dead-letters';
import { exampleFacts } from '../../libs/topics/example-life';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { settingsOf } from '../../libs/topics/topic';
import { messagesOf } from '../../libs/topics/topics';
import type { DeadLetter } from './dead-letters';

const PROJECTS = 50;
const EVENTS = 20;
const PREFECTURES = ['650200', '652300'];
const LANDED = 'luodi.project-landed.v1';
/** Fewer than the notifier's attempts, so that chance alone kills nothing. */
const FAILURES = 4;

interface Call {
  id: string;
  project: string;
  sequence: number;
}

/** Takes webhooks at its worst: 500, hanging up before and after the effect, and slow. Has each effect once, by id. */
class Receiver {
  /** In the order in which they were had. */
  readonly effects: Call[] = [];
  /** Ids of calls that had been answered 2xx before; one may stand here several times, for what is called again may fail. */
  readonly repeated: string[] = [];
  secret = '';
  forged = 0;
  refuses: (call: Call) => boolean = () => false;
  private readonly seen = new Set<string>();
  private readonly acknowledged = new Set<string>();
  private readonly failures = new Map<string, number>();

  async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const id = String(request.headers['webhook-id']);
    if (!this.isSigned(request, body)) this.forged += 1;
    const { subject: project, sequence } = JSON.parse(body) as { subject: string; sequence: string };
    const call = { id, project, sequence: Number(sequence) };
    if (this.acknowledged.has(id)) this.repeated.push(id);
    const mood = this.refuses(call) ? 0 : this.mood(id);
    if (mood < 0.15) response.writeHead(500).end('no');
    else if (mood < 0.22) request.socket.destroy();
    else {
      if (!this.seen.has(id)) this.effects.push(call);
      this.seen.add(id);
      if (mood < 0.27) request.socket.destroy();
      else setTimeout(() => response.writeHead(204).end(() => this.acknowledged.add(id)), mood < 0.35 ? 100 : 0);
    }
  }

  private mood(id: string): number {
    const mood = Math.random();
    const failed = this.failures.get(id) ?? 0;
    if (mood >= 0.27) return mood;
    if (failed >= FAILURES) return 1;
    this.failures.set(id, failed + 1);
    return mood;
  }

  private isSigned({ headers }: IncomingMessage, body: string): boolean {
    const key = Buffer.from(this.secret.replace('whsec_', ''), 'base64');
    const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const fresh = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 60;
    return fresh && headers['webhook-signature'] === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  }
}

/** Where there is no Java, none of these can run; the global setup has said so. */
const withKafka = process.env.TEST_KAFKA_BROKERS ? describe : describe.skip;

// A broker of its own: it writes to the topic what nobody can read.
withKafka('the notifier on a real broker', () => {
  let cluster: KafkaCluster;
  let kafka: Kafka;
  let database: { url: string; drop: () => Promise<void> };
  let server: Server;
  let notifier: ServerProcess;
  let port: number;
  const receivers = { all: new Receiver(), some: new Receiver(), dead: new Receiver() };

  beforeAll(async () => {
    [cluster, database, port] = await Promise.all([startKafka(), createDatabase(), freePort(), build()]);
    kafka = new Kafka({ brokers: cluster.brokers, logLevel: 0 });
    const topics = openKafka(cluster.brokers);
    await topics.ensureTopics([
      settingsOf(PROJECT_EVENTS, { replicationFactor: 1, partitions: 3 }),
      // Made by somebody else, for much less than some letters have.
      { name: DEAD_LETTER_TOPIC, partitions: 1, replicationFactor: 1, settings: { 'max.message.bytes': '700' } },
    ]);
    await topics.close();
    server = createServer((request, response) => {
      const name = (request.url ?? '').slice(1) as keyof typeof receivers;
      void receivers[name].take(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    notifier = startNotifier();
    await notifier.ready(api());
  });

  afterAll(async () => {
    await notifier?.end('SIGTERM');
    server?.closeAllConnections();
    server?.close();
    await cluster?.stop();
    await database?.drop();
  });

  const api = () => `http://127.0.0.1:${port}`;

  function startNotifier(): ServerProcess {
    return ServerProcess.start(['dist/apps/notifier/main.js'], {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: cluster.brokers.join(),
      PORT: String(port),
      AUTH: 'local',
      LOG_LEVEL: 'error',
      NOTIFIER_ALLOW_HTTP: 'true',
      NOTIFIER_PRIVATE_NETWORKS: '127.0.0.0/8',
      NOTIFIER_MAX_ATTEMPTS: '8',
      NOTIFIER_FIRST_RETRY_MS: '10',
      NOTIFIER_LONGEST_RETRY_MS: '40',
      // Longer than a busy machine stands still: what has timed out is called again. Twice as long a claim lasts.
      NOTIFIER_TIMEOUT_MS: '8000',
    });
  }

  async function subscribe(name: keyof typeof receivers, filter: object): Promise<void> {
    const { port: hooks } = server.address() as AddressInfo;
    const response = await fetch(`${api()}/api/v1/subscriptions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, url: `http://127.0.0.1:${hooks}/${name}`, ...filter }),
    });
    expect(response.status).toBe(201);
    receivers[name].secret = ((await response.json()) as { secret: string }).secret;
  }

  async function luodi<T>(...args: string[]): Promise<{ code: number | null; answer: T }> {
    const process = ServerProcess.start(['dist/apps/cli/main.js', '--json', ...args], { DATABASE_URL: database.url });
    const { code } = await process.exited;
    return { code, answer: JSON.parse(process.stdout) as T };
  }

  it('brings every event to every subscriber that wants it, its effect once, in order, whatever fails', async () => {
    const projects = Array.from({ length: PROJECTS }, () => randomUUID());
    const [stubborn] = projects as [string];
    receivers.dead.refuses = ({ project, sequence }) => project === stubborn && [0, 5, 19].includes(sequence);
    await subscribe('all', {});
    await subscribe('some', { programmes: ['xinjiang-aid'], prefectures: ['650200'], eventTypes: [LANDED] });
    await subscribe('dead', {});

    const events = eventsOf(projects);
    await publish(kafka, events);
    await notifier.until('the first third', () => receivers.all.effects.length > 300);
    await notifier.end('SIGKILL');
    notifier = startNotifier();
    const wanted = events.filter(({ type, prefecture }) => type === LANDED && prefecture === '650200');
    expect(wanted.length).toBeGreaterThan(0);
    const { all, some, dead } = receivers;
    await notifier.until(
      'everything',
      () =>
        all.effects.length >= events.length &&
        some.effects.length >= wanted.length &&
        dead.effects.length >= events.length - 3,
    );

    expect(ids(all.effects)).toEqual(ids(events));
    expect(ids(some.effects)).toEqual(ids(wanted));
    for (const receiver of [all, some, dead]) {
      expect(isInOrder(receiver.effects)).toBe(true);
      expect(receiver.forged).toBe(0);
      // What was answered is not sent again, but for what was in flight when the process was killed: calls to one subscriber.
      expect(new Set(receiver.repeated).size).toBeLessThanOrEqual(8);
    }
    expect(dead.effects.filter(({ project }) => project === stubborn).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: EVENTS }, (_, index) => index).filter((index) => ![0, 5, 19].includes(index)),
    );
  });

  it('lists what it gave up, tells it to a topic, and tries it again when told to', async () => {
    let letters: DeadLetter[] = [];
    await notifier.until('the dead letters', async () => {
      letters = (await luodi<DeadLetter[]>('dlq', 'list')).answer;
      return letters.length >= 5;
    });
    const dead = letters.filter(({ subscription }) => subscription === 'dead');
    expect(dead.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'answered 500'));
    // What came of the eighth call nobody knows when the process was killed just then: there is one more.
    for (const { attempts } of dead) expect([8, 9]).toContain(attempts);
    const unreadable = letters.filter(({ place }) => place !== null);
    expect(unreadable.map(({ reason }) => reason).sort()).toEqual(['is no JSON', 'the message has no value']);
    expect(letters).toHaveLength(5);
    expect(await deadLetterIds(kafka, 5)).toEqual(new Set(letters.map(({ id }) => id)));

    const before = receivers.dead.effects.length;
    receivers.dead.refuses = () => false;
    const { code, answer } = await luodi('dlq', 'retry');
    expect({ code, answer }).toEqual({ code: 1, answer: { retried: 3, unreadable: 2 } });
    await notifier.until('the retried ones', () => receivers.dead.effects.length >= before + 3);
    expect(receivers.dead.effects.slice(before).map(({ sequence }) => sequence)).toEqual([0, 5, 19]);
    expect((await luodi<DeadLetter[]>('dlq', 'list')).answer).toHaveLength(2);
  });

  it('takes nothing over twice when the topic is read again from its beginning', async () => {
    await notifier.end('SIGTERM');
    const admin = kafka.admin();
    await admin.connect();
    // The one that was killed counts as a member until its session has run out; nobody else may move the offsets.
    while ((await admin.describeGroups(['luodi-notifier'])).groups[0]?.state !== 'Empty') await delay(50);
    await admin.resetOffsets({ groupId: 'luodi-notifier', topic: PROJECT_EVENTS.name, earliest: true });
    const before = Object.values(receivers).map(({ effects, repeated }) => [effects.length, repeated.length]);
    notifier = startNotifier();
    await notifier.until('the end of the topic', async () => {
      const [offsets] = await admin.fetchOffsets({ groupId: 'luodi-notifier', topics: [PROJECT_EVENTS.name] });
      const ends = await admin.fetchTopicOffsets(PROJECT_EVENTS.name);
      const at = new Map(offsets?.partitions.map(({ partition, offset }) => [partition, offset]));
      return ends.every(({ partition, high }) => at.get(partition) === high);
    });
    await admin.disconnect();
    expect(Object.values(receivers).map(({ effects, repeated }) => [effects.length, repeated.length])).toEqual(before);
    expect((await luodi<DeadLetter[]>('dlq', 'list')).answer).toHaveLength(2);
  });
});

interface TestEvent extends Call {
  type: string;
  prefecture: string;
  value: string;
}

/** Events of all projects, interleaved; those of one project in order. */
function eventsOf(projects: readonly string[]): TestEvent[] {
  const origin = { source: '/luodi/xinjiang-aid', publicUrl: 'https://luodi.example', storeId: 'postgres:example' };
  const samples = exampleFacts()
    .flatMap((fact) => messagesOf(fact, origin))
    .filter(({ topic }) => topic === PROJECT_EVENTS.name)
    .map(({ value }) => JSON.parse(value) as { type: string; data: { project: object } });
  const time = new Date().toISOString();
  return Array.from({ length: EVENTS }, (_, sequence) => sequence).flatMap((sequence) =>
    projects.map((project, index) => {
      const sample = samples[sequence % samples.length] as (typeof samples)[number];
      const prefecture = PREFECTURES[index % PREFECTURES.length] as string;
      const place = { id: randomUUID(), subject: project, sequence: String(sequence).padStart(10, '0'), time };
      const data = { ...sample.data, project: { ...sample.data.project, id: project, prefecture } };
      const value = JSON.stringify({ ...sample, ...place, data });
      return { id: place.id, project, sequence, type: sample.type, prefecture, value };
    }),
  );
}

/** In transactions, one of which is aborted; between them two messages that nobody can read. */
async function publish(kafka: Kafka, events: readonly TestEvent[]): Promise<void> {
  const producer = kafka.producer({
    transactionalId: 'test',
    maxInFlightRequests: 1,
    idempotent: true,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const send = async (messages: { key: string; value: string | null }[], end: 'commit' | 'abort') => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: PROJECT_EVENTS.name, messages });
    await transaction[end]();
  };
  const half = events.length / 2;
  const keyed = events.map(({ project: key, value }) => ({ key, value }));
  await send(keyed.slice(0, half), 'commit');
  const never = eventsOf([randomUUID()]).map(({ project: key, value }) => ({ key, value }));
  await send(never, 'abort');
  await send(
    ['{"id":', null].map((value) => ({ key: 'poison', value })),
    'commit',
  );
  await send(keyed.slice(half), 'commit');
  await producer.disconnect();
}

async function deadLetterIds(kafka: Kafka, count: number): Promise<Set<string>> {
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topics: [DEAD_LETTER_TOPIC], fromBeginning: true });
  const found = new Set<string>();
  const { promise, resolve } = Promise.withResolvers<void>();
  await consumer.run({
    eachMessage: async ({ message }) => {
      found.add(String(message.headers?.['dead-letter-id']));
      if (found.size >= count) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return found;
}

function ids(events: readonly { id: string }[]): string[] {
  return events.map(({ id }) => id).sort();
}

function isInOrder(effects: readonly Call[]): boolean {
  const latest = new Map<string, number>();
  return effects.every(({ project, sequence }) => {
    const before = latest.get(project) ?? -1;
    latest.set(project, sequence);
    return sequence > before;
  });
}
