import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { GENESIS, seal, SealedEvent } from '../libs/audit/hash-chain';
import { compareStores, isFaithful } from '../libs/event-store/compare-stores';
import { EventStore } from '../libs/event-store/event-store';
import { EventStoreDbEventStore } from '../libs/event-store/eventstoredb/eventstoredb-event-store';
import { migrateStore } from '../libs/event-store/migrate-store';
import { ReceivingStore } from '../libs/event-store/ordered-append';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { findConference } from '../libs/read-models/conferences.read-model';
import { queryFunnel } from '../libs/read-models/funnel.read-model';
import { rebuild } from '../libs/read-models/rebuild';
import { exampleFacts } from '../libs/topics/example-life';
import { createDatabase } from './support/database';
import { startEventStoreDbDouble } from './support/eventstoredb/double';
import { openEventStoreDb, TestServer } from './support/eventstoredb/server';
import { dump, Ground, openGround, PROGRAMME } from './support/read-models';
import { build, ServerProcess } from './support/server-process';

const EVENTS = Number(process.env.LUODI_MIGRATED_EVENTS ?? 3_000);
const WRITERS = 32;
/** Of the names of all streams, so that a real server that holds others' events looks empty but for ours. */
const RUN = randomUUID().slice(0, 8);
const CONFERENCE = `c${RUN}`;
const PREFIXES = [`project-${RUN}`, `conference-${CONFERENCE}`];

jest.setTimeout(120_000 + EVENTS * 10);

/** The example's life in this run's words; of a project a part of it, so that there are projects at every stage. */
function lifeOf(kind: 'project' | 'conference', stream: string, serial: number): SealedEvent[] {
  const facts = exampleFacts().filter((fact) => fact.kind === kind);
  const length = kind === 'project' ? 1 + (serial % facts.length) : facts.length;
  const events = facts.slice(0, length).map(({ recorded: { type, data, metadata } }) => {
    const { previousHash: _, hash: __, ...unsealed } = metadata;
    const said = JSON.stringify(data).replaceAll('karamay-2024', CONFERENCE).replaceAll('2024-017', `${serial}`);
    return { type, data: JSON.parse(said) as typeof data, metadata: { ...unsealed, eventId: v7(), commandId: v7() } };
  });
  return seal(events, { stream, revision: -1, hash: GENESIS });
}

/** Many writers at once, in commands of one to three events. */
async function fill(store: EventStore): Promise<number> {
  let total = 0;
  let serial = 0;
  const live = async (stream: string, events: readonly SealedEvent[]): Promise<void> => {
    for (let next = 0; next < events.length;) {
      const size = 1 + (next % 3);
      await store.append({ stream, expectedRevision: next - 1, events: events.slice(next, next + size) });
      next += size;
    }
    total += events.length;
  };
  await live(`conference-${CONFERENCE}`, lifeOf('conference', `conference-${CONFERENCE}`, 0));
  const write = async (): Promise<void> => {
    while (total < EVENTS) {
      const stream = `project-${RUN}${randomUUID().slice(8)}`;
      await live(stream, lifeOf('project', stream, (serial += 1)));
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return total;
}

describe(`${EVENTS} events from PostgreSQL to EventStoreDB and back`, () => {
  let server: TestServer;
  let ground: Ground;
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let stores: { first: PostgresEventStore; middle: EventStoreDbEventStore; last: PostgresEventStore };
  let total: number;

  beforeAll(async () => {
    server = await openEventStoreDb();
    ground = await openGround();
    database = await createDatabase();
    const [first, middle, last] = await Promise.all([
      PostgresEventStore.open(ground.url),
      EventStoreDbEventStore.open(server.url, { prefixes: PREFIXES }),
      PostgresEventStore.open(database.url),
    ]);
    stores = { first, middle, last };
    total = await fill(first);
  });
  afterAll(async () => {
    await Promise.all(Object.values(stores ?? {}).map((store) => store.close()));
    await ground?.close();
    await database?.drop();
    await server?.stop();
  });

  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    const seconds = (performance.now() - started) / 1000;
    process.stderr.write(`${what}: ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} events/s\n`);
    return result;
  };

  it.each<[keyof typeof stores, keyof typeof stores]>([
    ['first', 'middle'],
    ['middle', 'last'],
  ])('copies and verifies every event: %s to %s', async (source, target) => {
    const [from, to]: [EventStore, ReceivingStore] = [stores[source], stores[target]];
    const migration = await timed(`copied ${source} to ${target}`, () => migrateStore({ from, to }));
    expect(migration).toEqual({ found: 0, copied: total, upTo: await from.head() });
    const comparison = await timed(`compared ${source} and ${target}`, () => compareStores({ from, to }));
    expect(comparison).toMatchObject({ events: total, broken: [] });
    expect(isFaithful(comparison)).toBe(true);
  });

  it('ends with what it began with, positions and all', async () => {
    const [first, last] = await Promise.all(
      [stores.first, stores.last].map(async (store) => (await Array.fromAsync(store.readAll())).flat()),
    );
    expect(last).toHaveLength(total);
    for (const [index, event] of (last ?? []).entries()) expect(event).toEqual(first?.[index]);
  });

  it('has the same figures on each', async () => {
    const { pool, projections } = ground;
    const figures = async (store: EventStore) => {
      await rebuild({ pool: projections, store, programme: PROGRAMME });
      const content = await dump(pool, 'read_models');
      return {
        funnel: await queryFunnel(pool, { by: 'prefecture' }, 'CNY'),
        conference: await findConference(pool, CONFERENCE, { currency: 'CNY', pairsOn: () => 0 }),
        content: JSON.parse(
          JSON.stringify(content, (key, value: unknown) => (key === 'position' ? 0 : value)),
        ) as object,
      };
    };
    const first = await figures(stores.first);
    expect(first.conference?.signed.projects).toBeGreaterThan(10);
    const { position: _, ...conference } = first.conference ?? {};
    for (const store of [stores.middle, stores.last]) {
      const there = await figures(store);
      expect(there.funnel).toEqual(first.funnel);
      expect(there.conference).toMatchObject(conference);
      expect(there.content).toEqual(first.content);
    }
  });
});

describe('luodi migrate-store, killed again and again', () => {
  const KILLS = 4;

  beforeAll(build);

  interface Report {
    found: number;
    copied: number;
    events: number;
  }

  it('goes on where it has stopped, in both directions', async () => {
    const double = await startEventStoreDbDouble();
    const databases = [await createDatabase(), await createDatabase()] as const;
    const urls = { first: databases[0].url, middle: double.url, last: databases[1].url };
    const [first, last] = [await PostgresEventStore.open(urls.first), await PostgresEventStore.open(urls.last)];
    const total = await fill(first);

    const start = (...args: string[]) =>
      ServerProcess.start(['apps/cli/luodi.cjs', '--json', 'migrate-store', ...args], {});
    const finish = async (...args: string[]): Promise<Report> => {
      const command = start(...args);
      const { code } = await command.exited;
      expect({ code, output: command.output }).toEqual({ code: 0, output: expect.any(String) });
      return JSON.parse(command.stdout) as Report;
    };
    const faithful = { events: total, missing: 0, strange: 0, displaced: 0, broken: [], newer: 0 };
    /** Each time as soon as `count` has grown by some of what is missing. How many are hit depends on how much is written at once. */
    const kill = async (args: string[], count: () => number | Promise<number>): Promise<number> => {
      let kills = 0;
      for (let left = KILLS; left > 0; left -= 1) {
        const before = await count();
        const moment = before + 1 + Math.floor((Math.random() * (total - before)) / left);
        if (moment > total) break;
        const command = start(...args);
        await command.until(`event ${moment}`, async () => (await count()) >= moment);
        if ((await command.end('SIGKILL')).signal === 'SIGKILL') kills += 1;
      }
      return kills;
    };
    try {
      const there = ['--from', urls.first, '--to', urls.middle];
      const written = () => double.events.filter(({ stream }) => PREFIXES.some((it) => stream.startsWith(it))).length;
      expect(await kill(there, written)).toBeGreaterThan(0);
      const copied = await finish(...there);
      expect(copied).toMatchObject(faithful);
      expect(copied.found + copied.copied).toBe(total);
      expect(copied.found).toBeGreaterThan(0);

      const back = ['--from', urls.middle, '--to', urls.last];
      expect(await kill(back, async () => Number((await last.head()) ?? 0))).toBeGreaterThan(0);
      expect(await finish(...back)).toMatchObject(faithful);
      expect(await finish('--from', urls.first, '--to', urls.last, '--verify-only')).toMatchObject(faithful);
    } finally {
      await Promise.all([first.close(), last.close()]);
      await Promise.all(databases.map((database) => database.drop()));
      await double.stop();
    }
  });
});
