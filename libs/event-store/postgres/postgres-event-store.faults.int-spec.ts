import { randomUUID } from 'node:crypto';
import { startProxy } from '../../../test/support/cuttable-proxy';
import { createDatabase } from '../../../test/support/database';
import { anywhere, newStream, nextAppend, tally, tester } from '../../../test/support/tally';
import { createPool, Pool } from '../../postgres/pool';
import { isConnectionLoss } from '../../postgres/connection-loss';
import { verifyStream } from '../../audit/verify-stream';
import { CommandHandler } from '../command-handler';
import { AppendInDoubt, EventStoreUnavailable, RecordedEvent } from '../event-store';
import { PostgresEventStore } from './postgres-event-store';

const KILLS = Number(process.env.LUODI_KILLS ?? 60);

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
let store: PostgresEventStore;

beforeEach(async () => {
  database = await createDatabase();
  pool = createPool(database.url, { max: 1, application_name: 'killer' });
  store = await PostgresEventStore.open(database.url, { pollMs: 50 });
});
afterEach(async () => {
  await store.close();
  await pool.end();
  await database.drop();
});

/** Ends connections of the store: all of them, one at random, or those that wait for a lock. */
async function kill(which: 'all' | 'one' | 'waiting'): Promise<number> {
  // Else a transaction sees for ever what it has seen first.
  await pool.query('SELECT pg_stat_clear_snapshot()');
  const { rowCount } = await pool.query(
    `SELECT pg_terminate_backend(pid) FROM (
       SELECT pid FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'luodi' AND ($1 <> 'waiting' OR wait_event_type = 'Lock')
       ORDER BY random() LIMIT CASE $1 WHEN 'one' THEN 1 ELSE 1000 END) AS victims`,
    [which],
  );
  return rowCount ?? 0;
}

test('an append whose connection is lost is in doubt, and the store goes on', async () => {
  const { request, end } = nextAppend(newStream());
  await store.append(request);
  // The append waits for the lock that we hold, so that it is surely in flight when it is killed.
  await pool.query('BEGIN');
  await pool.query("SELECT pg_advisory_xact_lock(hashtextextended('event_store.append', 0))");
  const next = nextAppend(end);
  const append = store.append(next.request);
  const doubt = append.catch((error: unknown) => error);
  while ((await kill('waiting')) === 0);
  const error = await doubt;
  await pool.query('COMMIT');
  expect(error).toBeInstanceOf(AppendInDoubt);
  expect(error).toMatchObject({ stream: end.stream, cause: { code: '57P01' } });
  expect(await Array.fromAsync(store.readStream(end.stream))).toHaveLength(1);
  expect(await store.append(next.request)).toEqual({ revision: 1, position: '2' });
});

test('two batches share a connection: when it is lost, all of both are in doubt, and none is there', async () => {
  await pool.query('BEGIN');
  await pool.query("SELECT pg_advisory_xact_lock(hashtextextended('event_store.append', 0))");
  // One by itself, and as many as it takes for a second batch beside it.
  const requests = Array.from({ length: 17 }, () => nextAppend(newStream()).request);
  const doubts = requests.map((request) => store.append(request).catch((error: unknown) => error));
  let killed = 0;
  while (killed === 0) killed = await kill('waiting');
  expect(killed).toBe(1);
  for (const doubt of doubts) expect(await doubt).toBeInstanceOf(AppendInDoubt);
  await pool.query('COMMIT');
  expect(await store.head()).toBeUndefined();
  const appended = await Promise.all(requests.map((request) => store.append(request)));
  expect(appended.map(({ position }) => Number(position)).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 17 }, (_, index) => index + 1),
  );
});

test('a follower whose connections are lost goes on where it was', async () => {
  const stop = new AbortController();
  const followed: RecordedEvent[] = [];
  const seen = Promise.withResolvers<void>();
  const following = (async () => {
    for await (const batch of store.followAll({ signal: stop.signal })) {
      followed.push(...batch);
      if (followed.length >= 1) seen.resolve();
      if (followed.length >= 3) stop.abort();
    }
  })();
  await store.append(nextAppend(newStream()).request);
  await seen.promise;
  await kill('all');
  const handler = new CommandHandler(store, tally, anywhere);
  for (const add of [1, 2]) {
    await handler.handle({ stream: newStream().stream, commandId: randomUUID(), actor: tester, commands: [{ add }] });
  }
  await following;
  expect(followed.map(({ position }) => position)).toEqual(['1', '2', '3']);
});

test.each([
  ['has grown past where he is', true],
  ['ends before that', false],
])(
  'who follows a store that was restored from a backup, and %s, is told, and not given its events',
  async (_, hasGrown) => {
    const [seen, restored] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const positions: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const batch of store.followAll()) {
        positions.push(...batch.map(({ position }) => position));
        if (positions.length < 3) continue;
        seen.resolve();
        await restored.promise;
      }
    };
    for (const stream of [newStream(), newStream(), newStream()]) await store.append(nextAppend(stream).request);
    const following = follow();
    await Promise.race([seen.promise, following]);
    await restore(hasGrown);
    while ((await kill('all')) > 0);
    restored.resolve();
    await expect(following).rejects.toThrow(EventStoreUnavailable);
    expect(positions).toEqual(['1', '2', '3']);
  },
);

/** As if a backup of the first event had been restored, and others recorded other events since. */
async function restore(hasGrown: boolean): Promise<void> {
  await pool.query(`BEGIN; SET LOCAL session_replication_role = replica;
    DELETE FROM event_store.events WHERE position > 1;
    INSERT INTO event_store.events SELECT (jsonb_populate_record(first, jsonb_build_object(
        'position', place, 'stream', 'other-' || place,
        'metadata', first.metadata || jsonb_build_object('eventId', gen_random_uuid())))).*
      FROM event_store.events AS first, generate_series(2, 4) AS place WHERE ${hasGrown};
    COMMIT`);
}

test('while the server cannot be reached appends fail at once and followers wait; afterwards both go on', async () => {
  const proxy = await startProxy(database.url);
  const distant = await PostgresEventStore.open(proxy.url, { pollMs: 20 });
  const stop = new AbortController();
  const positions: string[] = [];
  const follow = async (): Promise<void> => {
    for await (const batch of distant.followAll({ signal: stop.signal })) {
      positions.push(...batch.map(({ position }) => position));
      if (positions.length >= 3) stop.abort();
    }
  };
  try {
    const following = follow();
    const { request, end } = nextAppend(newStream());
    await distant.append(request);
    while (positions.length < 1) await new Promise(setImmediate);
    await proxy.cut();
    const late = nextAppend(end).request;
    const refusal = (): Promise<unknown> => distant.append(late).catch((error: unknown) => error);
    let error = await refusal();
    // A connection that it does not know to be broken leaves it in doubt.
    while (error instanceof AppendInDoubt) error = await refusal();
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    await expect(distant.head()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const startedAway = Array.fromAsync(distant.followAll({ after: '1', signal: AbortSignal.timeout(100) }));
    expect(await startedAway).toEqual([]);
    await store.append(nextAppend(newStream()).request);
    await proxy.mend();
    expect(await distant.append(late)).toEqual({ revision: 1, position: '3' });
    await following;
    expect(positions).toEqual(['1', '2', '3']);
  } finally {
    stop.abort();
    await distant.close();
    await proxy.close();
  }
});

test(`${KILLS} connections killed at random under load: every command has one effect, readers miss nothing`, async () => {
  const handler = new CommandHandler(store, tally, anywhere);
  const stop = new AbortController();
  const followed: RecordedEvent[] = [];
  const following = (async () => {
    for await (const batch of store.followAll({ signal: stop.signal })) followed.push(...batch);
  })();
  let killing = true;
  const acknowledged = new Map<string, { stream: string; revision: number }>();
  const streams = Array.from({ length: 8 }, () => newStream().stream);
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    const stream = streams[writer % 8] ?? '';
    while (killing) {
      const command = { stream, commandId: randomUUID(), actor: tester, commands: [{ add: 0 }, { add: 0 }] };
      // As a client does: the same command again until there is an answer.
      for (;;) {
        try {
          const { revision } = await handler.handle(command);
          acknowledged.set(command.commandId, { stream, revision });
          break;
        } catch (error) {
          const again = error instanceof AppendInDoubt || isConnectionLoss(error);
          if (!again && (error as Error).name !== 'ConcurrencyConflict') throw error;
        }
      }
    }
  });
  for (let killed = 0; killed < KILLS;) {
    const commands = acknowledged.size;
    killed += await kill('one');
    while (acknowledged.size < commands + 3) await new Promise(setImmediate);
  }
  killing = false;
  await Promise.all(writers);
  const stored = (await Array.fromAsync(store.readAll())).flat();
  while (followed.length < stored.length) await new Promise(setImmediate);
  stop.abort();
  await following;

  expect(followed).toStrictEqual(stored);
  expect(stored.map(({ position }) => position)).toEqual(stored.map((_, index) => String(index + 1)));
  const effects = new Map<string, RecordedEvent[]>();
  for (const event of stored) {
    effects.set(event.metadata.commandId, [...(effects.get(event.metadata.commandId) ?? []), event]);
  }
  expect(effects.size).toBe(acknowledged.size);
  for (const [commandId, { stream, revision }] of acknowledged) {
    expect(effects.get(commandId)).toMatchObject([
      { stream, revision: revision - 1 },
      { stream, revision },
    ]);
  }
  for (const history of (await store.readStreams(streams)).values()) expect(verifyStream(history).verified).toBe(true);
});
