import { randomBytes, randomUUID } from 'node:crypto';
import { createDatabase } from '../../../test/support/database';
import { newStream, nextAppend, StreamEnd } from '../../../test/support/tally';
import { createPool, Pool } from '../../postgres/pool';
import { verifyStream } from '../../audit/verify-stream';
import { RecordedEvent } from '../event-store';
import { PostgresEventStore, PostgresEventStoreOptions } from './postgres-event-store';
import { Reader } from './reader';

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
let store: PostgresEventStore;
const opened: PostgresEventStore[] = [];

beforeEach(async () => {
  database = await createDatabase();
  pool = createPool(database.url);
  store = await open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((it) => it.close()));
  await pool.end();
  await database.drop();
});

async function open(options?: PostgresEventStoreOptions): Promise<PostgresEventStore> {
  const instance = await PostgresEventStore.open(database.url, options);
  opened.push(instance);
  return instance;
}

async function append(end: StreamEnd, count = 1, through = store): Promise<StreamEnd> {
  const next = nextAppend(end, count);
  await through.append(next.request);
  return next.end;
}

async function readAll(): Promise<RecordedEvent[]> {
  return (await Array.fromAsync(store.readAll())).flat();
}

async function follow(from: PostgresEventStore, count: number): Promise<RecordedEvent[]> {
  const stop = new AbortController();
  const events: RecordedEvent[] = [];
  for await (const batch of from.followAll({ signal: stop.signal })) {
    events.push(...batch);
    if (events.length >= count) stop.abort();
  }
  return events;
}

function expectDense(events: readonly RecordedEvent[]): void {
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => String(index + 1)));
}

describe('positions', () => {
  test('are dense and in order, also after conflicts and refusals, through several instances', async () => {
    const stores = [store, await open(), await open()];
    const writers = Array.from({ length: 12 }, async (_, writer) => {
      const through = stores[writer % 3] ?? store;
      let end = newStream();
      for (let round = 0; round < 10; round += 1) {
        const stale = through.append(nextAppend({ ...newStream(), revision: 4 }).request);
        const refused = through.append(nextAppend(newStream(), 1, () => ({ text: '\u0000' })).request);
        end = await append(end, 1 + (round % 3), through);
        await expect(stale).rejects.toMatchObject({ name: 'ConcurrencyConflict', actualRevision: -1 });
        await expect(refused).rejects.toMatchObject({ code: '22P05' });
      }
      return end;
    });
    const ends = await Promise.all(writers);
    const events = await readAll();
    expect(events).toHaveLength(12 * 19);
    expectDense(events);
    for (const { stream, hash } of ends) {
      const own = events.filter((event) => event.stream === stream);
      expect(verifyStream(own)).toMatchObject({ verified: true, events: 19, end: { hash } });
    }
  });

  test('an answer names the position of its last event, whatever else was in the batch', async () => {
    const requests = Array.from({ length: 40 }, (_, index) => nextAppend(newStream(), 1 + (index % 4)).request);
    const results = await Promise.all(requests.map((request) => store.append(request)));
    const last = new Map((await readAll()).map(({ stream, position }) => [stream, position]));
    expect(results.map(({ position }) => position)).toEqual(requests.map(({ stream }) => last.get(stream)));
  });

  test('two instances that append in turns do not trip over the short cut for lone events', async () => {
    const other = await open();
    let end = newStream();
    for (let index = 0; index < 20; index += 1) end = await append(end, 1, index % 2 ? store : other);
    await Promise.all([append(newStream()), append(newStream(), 1, other)]);
    const events = await readAll();
    expect(events).toHaveLength(22);
    expectDense(events);
  });
});

test('appends to one stream that are sent at once are written in order, each after the one before', async () => {
  let end = newStream();
  const sent = Array.from({ length: 10 }, (_, index) => {
    const next = nextAppend(end, 1 + (index % 2));
    ({ end } = next);
    return store.append(next.request);
  });
  const behind = store.append(nextAppend({ ...end, revision: 3 }).request);
  expect((await Promise.all(sent)).at(-1)).toMatchObject({ revision: 14 });
  await expect(behind).rejects.toMatchObject({ name: 'ConcurrencyConflict', actualRevision: 14 });
  expect(verifyStream(await readAll()).verified).toBe(true);
});

test('an event PostgreSQL cannot hold fails alone', async () => {
  const good = Array.from({ length: 30 }, () => nextAppend(newStream()).request);
  const poison = nextAppend(newStream(), 1, () => ({ text: 'a\u0000b' })).request;
  const results = await Promise.allSettled(
    [...good, poison, ...good.map(() => nextAppend(newStream()).request)].map((it) => store.append(it)),
  );
  expect(results.map(({ status }) => status === 'rejected')).toEqual(results.map((_, index) => index === 30));
  expectDense(await readAll());
});

describe('the hash chain', () => {
  test.each([1, 3])('cannot be broken by an append of %d events sealed on something else', async (count) => {
    const end = await append(newStream());
    const forged = nextAppend({ ...end, hash: 'f'.repeat(64) }, count).request;
    await expect(store.append(forged)).rejects.toThrow('hash chain');
    const inside = nextAppend(end, 2).request;
    const [first, second] = inside.events;
    if (!first || !second) throw new Error('two events');
    const torn = { ...second, metadata: { ...second.metadata, previousHash: 'e'.repeat(64) } };
    await expect(store.append({ ...inside, events: [first, torn] })).rejects.toThrow('hash chain');
    const beginning = nextAppend({ ...newStream(), hash: 'f'.repeat(64) }, count).request;
    await expect(store.append(beginning)).rejects.toThrow('hash chain');
    expect(await readAll()).toHaveLength(1);
  });
});

describe('events are evidence', () => {
  test.each([
    "UPDATE event_store.events SET data = '{}'",
    "UPDATE event_store.events SET data = '{}' WHERE false",
    'DELETE FROM event_store.events',
    'TRUNCATE event_store.events',
    `INSERT INTO event_store.events SELECT * FROM event_store.events
     ON CONFLICT (position) DO UPDATE SET data = '{}'`,
  ])('%s is refused by the database', async (sql) => {
    await append(newStream());
    const before = await readAll();
    await expect(pool.query(sql)).rejects.toMatchObject({ code: '42501', message: /never changed or deleted/ });
    expect(await readAll()).toStrictEqual(before);
  });
});

describe('following', () => {
  test('another transaction that stays open holds back nobody', async () => {
    const stranger = await pool.connect();
    try {
      await stranger.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await stranger.query('CREATE TABLE stranger AS SELECT pg_current_xact_id()');
      const followed = follow(store, 100);
      await Promise.all(Array.from({ length: 50 }, () => append(newStream(), 2)));
      expectDense(await followed);
      await stranger.query('ROLLBACK');
    } finally {
      stranger.release();
    }
  });

  test('a notification wakes a follower long before it would look by itself', async () => {
    const patient = await open({ pollMs: 3_600_000 });
    const followed = follow(patient, 2);
    await append(newStream());
    await append(newStream());
    expectDense(await followed);
  });

  test('what was not announced is found by looking', async () => {
    const eager = await open({ pollMs: 20 });
    const followed = follow(eager, 2);
    const end = newStream();
    const [event] = nextAppend(end).request.events;
    for (const revision of [0, 1]) {
      await pool.query('INSERT INTO event_store.events SELECT $1, $2, $3, $4, $5, $6', [
        revision + 1,
        end.stream,
        revision,
        event?.type,
        event?.data,
        event?.metadata,
      ]);
    }
    expectDense(await followed);
  });

  test('a slow follower gets full batches, and no more than it asks for', async () => {
    await append(newStream(), 25);
    const batches = await Array.fromAsync(store.readAll({ batchSize: 10 }));
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 5]);
    await expect(Array.fromAsync(store.readAll({ batchSize: 0 }))).rejects.toThrow(RangeError);
  });

  test('a position beyond the end is an error: the store is not the one it was taken from', async () => {
    await append(newStream(), 2);
    await expect(Array.fromAsync(store.readAll({ after: '3' }))).rejects.toThrow('beyond the end');
    await expect(Array.fromAsync(store.followAll({ after: '3' }))).rejects.toThrow('beyond the end');
    await expect(store.backlog('3')).rejects.toThrow('beyond the end');
    expect(await store.backlog('2')).toEqual({ events: 0 });
  });
});

describe('reading everything', () => {
  const pages = jest.spyOn(Reader.prototype, 'page');
  beforeEach(async () => {
    await append(newStream(), 3);
    pages.mockClear();
  });
  afterAll(() => pages.mockRestore());

  test('fetches the next page while the caller works on the one before, and none beyond the end', async () => {
    const asked: number[] = [];
    for await (const _ of store.readAll({ batchSize: 1 })) asked.push(pages.mock.calls.length);
    expect(asked).toEqual([2, 3, 3]);
  });

  test('throws the error of a page after the page before it, and to nobody when the caller has stopped', async () => {
    const seen: string[] = [];
    const read = async (most: number) => {
      for await (const [event] of store.readAll({ batchSize: 1 })) {
        // What is fetched after the next page fails.
        if (seen.push(event!.position) === 1) pages.mockRejectedValueOnce(new Error('lost'));
        if (seen.length === most) return;
      }
    };
    await expect(read(3)).rejects.toThrow('lost');
    expect(seen).toEqual(['1', '2']);
    seen.length = 0;
    await read(2);
    expect(seen).toEqual(['1', '2']);
  });
});

describe('of large events', () => {
  // PostgreSQL stores the first kind as one percent of itself.
  const kinds = { that_compress: () => 'x'.repeat(1_000_000), that_do_not: () => randomBytes(500_000).toString('hex') };

  test.each(Object.entries(kinds))('%s, no batch takes more than memory has', async (_, text) => {
    let end = newStream();
    for (let count = 0; count < 15; count += 1) {
      const next = nextAppend(end, 2, () => ({ text: text() }));
      await store.append(next.request);
      ({ end } = next);
    }
    const pages = jest.spyOn(Reader.prototype, 'streamPage');
    const batches = await Array.fromAsync(store.readAll());
    expectDense(batches.flat());
    expect(await Array.fromAsync(store.readStream(end.stream))).toEqual(batches.flat());
    expect(batches.flat()).toHaveLength(30);
    const answers = await Promise.all(
      pages.mock.results.map((result) => result.value as ReturnType<Reader['streamPage']>),
    );
    pages.mockRestore();
    for (const batch of [...batches, ...answers.map(({ events }) => events)])
      expect(batch.length).toBeLessThanOrEqual(9);
  });
});

test('a backlog is as old as its first event was written, not as old as a backfill claims', async () => {
  const { request } = nextAppend(newStream());
  const [event] = request.events;
  if (!event) throw new Error('one event');
  const metadata = { ...event.metadata, backfill: { writtenAt: '2026-01-02T03:04:05.678Z', source: 'an old ledger' } };
  expect(await store.head()).toBeUndefined();
  expect(await store.backlog(undefined)).toEqual({ events: 0 });
  await store.append({ ...request, events: [{ ...event, metadata }] });
  expect(await store.backlog(undefined)).toEqual({ events: 1, oldestRecordedAt: '2026-01-02T03:04:05.678Z' });
});

test('many processes may open a new store at once, and a database may have its own ideas of isolation', async () => {
  const fresh = await createDatabase();
  const name = new URL(fresh.url).pathname.slice(1);
  await pool.query(`ALTER DATABASE ${name} SET default_transaction_isolation = 'serializable'`);
  const stores = await Promise.all(Array.from({ length: 6 }, () => PostgresEventStore.open(fresh.url)));
  try {
    expect(new Set(stores.map(({ storeId }) => storeId)).size).toBe(1);
    expect(stores[0]?.storeId).not.toBe(store.storeId);
    const appends = stores.flatMap((it) =>
      Array.from({ length: 20 }, () => it.append(nextAppend(newStream()).request)),
    );
    expect(await Promise.allSettled(appends)).not.toContainEqual(expect.objectContaining({ status: 'rejected' }));
    expect(await stores[0]?.head()).toBe('120');
  } finally {
    await Promise.all(stores.map((it) => it.close()));
    await fresh.drop();
  }
});

test('a server that cannot be reached is an error that says so', async () => {
  await expect(PostgresEventStore.open('postgres://nobody@127.0.0.1:1/nothing')).rejects.toThrow(/ECONNREFUSED/);
  const unknown = `nothing_${randomUUID().slice(0, 8)}`;
  const url = new URL(database.url);
  url.pathname = unknown;
  await expect(PostgresEventStore.open(url.href)).rejects.toThrow(`database "${unknown}" does not exist`);
});
