import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { createPool, Pool } from '../libs/postgres/pool';
import { LIVE, livePosition } from '../libs/read-models/generation';
import { createProjectionPool } from '../libs/read-models/projection-pool';
import { rebuild } from '../libs/read-models/rebuild';
import { Origin } from '../libs/topics/origin';
import { relay } from '../libs/topics/relay';
import { createDatabase } from './support/database';
import { describeKafka, openKafka, testBrokers } from './support/kafka';
import { load } from './support/lives';
import { dump, PROGRAMME } from './support/read-models';
import { build, freePort, ServerProcess } from './support/server-process';

const KILLS = Number(process.env.LUODI_PROJECTOR_KILLS ?? 3);
const PROJECTORS = 3;
/** After a start, and until the next kill. */
const LONGEST_LIFE_MS = 3_000;

interface Member {
  process: ServerProcess;
  url: string;
}

describeKafka(`of ${PROJECTORS} projectors in a group one is killed, ${KILLS} times under load`, () => {
  const brokers = testBrokers() as string[];
  const name = `projector-kill-${randomUUID()}`;
  const origin: Origin = { source: `/luodi/${name}`, publicUrl: 'https://luodi.example' };
  const kafka = openKafka();
  const stopRelay = new AbortController();
  const members: Member[] = [];
  let relaying: Promise<void>;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresEventStore;
  let pool: Pool;

  const start = async (): Promise<Member> => {
    const port = await freePort();
    const env = {
      DATABASE_URL: database.url,
      PROJECTOR_SOURCE: 'topic',
      PROJECTOR_GROUP: name,
      KAFKA_BROKERS: brokers.join(),
      RELAY_NAME: name,
      EVENT_SOURCE: origin.source,
      PORT: String(port),
      AUTH: 'local',
      LOG_LEVEL: 'error',
      // kafkajs is patient with brokers in tests, and else is not.
      NODE_ENV: 'production',
    };
    const member = {
      process: ServerProcess.start(['dist/apps/projector/main.js'], env),
      url: `http://127.0.0.1:${port}`,
    };
    members.push(member);
    return member;
  };

  const sum = async (sql: string): Promise<number> => Number((await pool.query<{ n: string }>(sql)).rows[0]?.n);

  const countEvents = (): Promise<number> => sum('SELECT count(*) AS n FROM event_store.events');

  beforeAll(async () => {
    await build();
    database = await createDatabase();
    store = await PostgresEventStore.open(database.url);
    pool = createPool(database.url);
    relaying = relay({ name, store, kafka, origin }, stopRelay.signal);
  }, 300_000);

  afterAll(async () => {
    await Promise.all(members.map(({ process }) => process.end('SIGKILL')));
    stopRelay.abort();
    await relaying;
    await kafka.close();
    await store?.close();
    await pool?.end();
    await database?.drop();
  });

  it(
    'and the read models are those of a projector on the store',
    async () => {
      const stop = new AbortController();
      const loading = load(store, 4, stop.signal);
      for (let each = 0; each < PROJECTORS; each += 1) await start();
      await Promise.all(members.map(({ process, url }) => process.ready(url)));
      const [first] = members as [Member];
      await first.process.until('all to have partitions', async () => (await sharers()).length === PROJECTORS);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await delay(Math.random() * LONGEST_LIFE_MS);
        await members.shift()?.process.end('SIGKILL');
        const later = await start();
        // Killed in the midst of a rebalance as well.
        if (kill % 2 === 0) await later.process.ready(later.url);
      }
      const [member] = members as [Member];
      const enough = async () => (await countEvents()) > KILLS * 100;
      await Promise.all([delay(LONGEST_LIFE_MS), member.process.until('many events to be recorded', enough)]);
      stop.abort();
      await loading;
      const head = await store.head();
      await member.process.until('everything to be projected', async () => (await livePosition(pool)) === head);
      // Who was started last may still be starting, and has said nothing yet.
      await Promise.all(members.map(({ process, url }) => process.ready(url)));
      for (const { process } of members.splice(0)) {
        expect(await process.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
        expect(process.output).toMatch(/^Luodi: projector: http\S+ .*\n$/);
      }
      await expectAsFromTheStore();
      process.stderr.write(`${KILLS} kills, ${await countEvents()} events\n`);
    },
    120_000 + KILLS * 30_000,
  );

  /** Members of the group that have something to do. */
  const sharers = async () => {
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([name]);
    await admin.disconnect();
    return (groups[0]?.members ?? []).filter(({ memberAssignment }) => memberAssignment.length > 0);
  };

  const expectAsFromTheStore = async () => {
    const before = await dump(pool, LIVE);
    for (const table of ['projects', 'milestones', 'funnel', 'conferences']) expect(before[table]).not.toEqual([]);
    const projections = createProjectionPool(database.url);
    try {
      await rebuild({ pool: projections, store, programme: PROGRAMME });
      expect(before).toEqual(await dump(pool, LIVE));
      expect(await sum('SELECT count(*) AS n FROM read_models.parked')).toBe(0);
    } finally {
      await projections.end();
    }
  };
});
