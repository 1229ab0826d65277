import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { attempts, proposalOf } from '../../test/support/random-projects';
import fc from 'fast-check';
import { allEvents, dump, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { createPool, Pool } from '../postgres/pool';
import { LIVE, loadGeneration } from './generation';
import { Projection } from './projection';
import { createProjectionPool } from './projection-pool';
import { project, ProjectorOptions, ProjectorStopped } from './projector';
import { projectorStatus } from './projector-status';
import { rebuild } from './rebuild';
import { NotYetVisible, Visibility } from './wait-for';

/** Longer than any machine takes that is merely busy. */
const PATIENCE_MS = 60_000;

let ground: Ground;
let recorder: Recorder;
let visibility: Visibility;
const running: (() => Promise<void>)[] = [];

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  visibility = new Visibility(ground.url, ground.pool, ground.store);
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((stop) => stop()));
  await visibility.close();
  await ground.close();
});

/** Runs a projector until the end of the test, or until stopped. */
function start(options: Partial<ProjectorOptions> = {}): { stop: () => Promise<void>; done: Promise<void> } {
  const aborting = new AbortController();
  const { store, projections: pool } = ground;
  const done = project({ pool, store, programme: PROGRAMME, ...options }, aborting.signal);
  done.catch(() => undefined);
  const stop = async () => {
    aborting.abort();
    await done;
  };
  running.push(() => stop().catch(() => undefined));
  return { stop, done };
}

async function propose(count: number): Promise<string> {
  let position = '';
  for (let serial = 0; serial < count; serial += 1) {
    position = (await recorder.record(randomUUID(), { type: 'Propose', data: proposalOf(serial) }))!;
  }
  return position;
}

const countProjects = async () =>
  Number((await ground.pool.query<{ n: string }>(`SELECT count(*) AS n FROM read_models.projects`)).rows[0]!.n);

async function expectFoldFromScratch(): Promise<void> {
  const before = await dump(ground.pool, LIVE);
  const { projections: pool, store } = ground;
  await rebuild({ pool, store, programme: PROGRAMME });
  expect(before).toEqual(await dump(ground.pool, LIVE));
}

test('what has been recorded before it starts and after is visible once the position is waited for', async () => {
  await visibility.waitFor(await propose(1), 20).catch((error: unknown) => expect(error).toBeInstanceOf(NotYetVisible));
  start();
  await visibility.waitFor(await propose(3), PATIENCE_MS);
  expect(await countProjects()).toBe(4);
  await visibility.waitFor((await ground.store.head())!, 0);
  expect(await projectorStatus(ground.pool, ground.store)).toEqual({
    position: await ground.store.head(),
    eventsBehind: 0,
    secondsBehind: 0,
    parked: 0,
    rebuilding: null,
  });
});

test('who waits is woken by the projector, not by the clock', async () => {
  const patient = new Visibility(ground.url, ground.pool, ground.store, 1_000_000);
  start();
  await patient.waitFor(await propose(1), PATIENCE_MS);
  for (let turn = 0; turn < 5; turn += 1) await patient.waitFor(await propose(1), PATIENCE_MS);
  await patient.close();
});

test('who asks in the moment in which it becomes visible is told, though the answer is that it is not', async () => {
  let meanwhile = (): Promise<unknown> => Promise.resolve();
  const query = async (sql: string) => {
    const answer = await ground.pool.query(sql);
    await meanwhile();
    return answer;
  };
  const patient = new Visibility(ground.url, { query } as unknown as Pool, ground.store, 1_000_000);
  const first = start();
  await patient.waitFor(await propose(1), PATIENCE_MS);
  await first.stop();
  const listener = (await patient['listener'])!;
  meanwhile = async () => {
    meanwhile = () => Promise.resolve();
    const notified = once(listener, 'notification');
    start();
    await notified;
  };
  await patient.waitFor(await propose(1), PATIENCE_MS);
  await patient.close();
});

test('a position not reached in time is a typed error, and a position of another store a RangeError', async () => {
  const position = await propose(1);
  await expect(visibility.waitFor(position, 30)).rejects.toThrow(NotYetVisible);
  await expect(visibility.waitFor('commit/17', 30)).rejects.toThrow(RangeError);
});

test('a batch applied a second time, by a projector that believes in an old checkpoint, changes nothing', async () => {
  const stop = start();
  await visibility.waitFor(await propose(2), PATIENCE_MS);
  await stop.stop();
  const stale = (await Projection.open(ground.projections, LIVE, PROGRAMME))!;
  await propose(2);
  const [events, before] = [await allEvents(ground.store), await dump(ground.pool, LIVE)];
  const other = (await Projection.open(ground.projections, LIVE, PROGRAMME))!;
  expect(await other.apply(events.slice(2))).toBe('written');
  const after = await dump(ground.pool, LIVE);
  expect(after).not.toEqual(before);
  expect(await stale.apply(events.slice(2))).toBe('moved');
  expect(await dump(ground.pool, LIVE)).toEqual(after);
});

test('several projectors at once, one of them killed, apply every event once', async () => {
  const pools = [createProjectionPool(ground.url), createProjectionPool(ground.url)];
  try {
    for (const pool of pools) start({ pool, standByMs: 20 });
    const drawn = fc.sample(attempts(5, 80), { numRuns: 4, seed: 7 });
    for (const [turn, some] of drawn.entries()) {
      await recorder.play(
        some,
        Array.from({ length: 5 }, () => randomUUID()),
      );
      // As a kill would: all connections of the projectors end at once, wherever they are.
      if (turn === 1) await terminate();
    }
    await visibility.waitFor((await ground.store.head())!, PATIENCE_MS);
    await expectFoldFromScratch();
  } finally {
    await Promise.all(running.splice(0).map((stop) => stop()));
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

async function terminate(): Promise<void> {
  const admin = createPool(ground.url, { max: 1, application_name: 'killer' });
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%read_models%'`,
  );
  await admin.end();
}

test('a projector that is stopped in the middle of much finishes its batch, and the next one goes on behind it', async () => {
  await propose(30);
  const { stop } = start();
  await stop();
  start();
  await visibility.waitFor(await propose(1), PATIENCE_MS);
  expect(await countProjects()).toBe(31);
  await expectFoldFromScratch();
});

test('a server that does not answer is tried again, and nothing is parked', async () => {
  const pool = createProjectionPool(ground.url.replace(/:\d+\//, ':1/'));
  const retried = Promise.withResolvers<unknown>();
  start({ pool, onRetry: retried.resolve });
  expect(await retried.promise).toMatchObject({ code: 'ECONNREFUSED' });
  await Promise.all(running.splice(0).map((stop) => stop()));
  await pool.end();
});

test('read models of another event store are refused with a way out', async () => {
  const first = start();
  await visibility.waitFor(await propose(1), PATIENCE_MS);
  await first.stop();
  await ground.pool.query(`UPDATE read_models.generation SET store_id = 'postgres:another'`);
  await expect(start().done).rejects.toThrow(/another.*luodi rebuild/s);
  await rebuild({ pool: ground.projections, store: ground.store, programme: PROGRAMME });
  start();
  await visibility.waitFor(await propose(1), PATIENCE_MS);
  expect(await countProjects()).toBe(2);
});

describe('versions', () => {
  const setVersion = (version: number) =>
    ground.pool.query(`UPDATE read_models.generation SET versions = jsonb_set(versions, '{funnel}', $1)`, [
      `${version}`,
    ]);

  test('read models of an older version are built anew at the start', async () => {
    const first = start();
    await visibility.waitFor(await propose(3), PATIENCE_MS);
    await first.stop();
    await setVersion(0);
    await ground.pool.query('DELETE FROM read_models.funnel');
    const before = (await loadGeneration(ground.pool, LIVE))!.id;
    const { done } = start();
    await visibility.waitFor(await propose(1), PATIENCE_MS);
    // Visible in the old one or the new one; the new one is there once its versions are.
    while ((await loadGeneration(ground.pool, LIVE))!.id === before) await Promise.race([setImmediate(), done]);
    expect(
      (await ground.pool.query('SELECT sum(projects)::int AS n FROM read_models.funnel')).rows[0].n,
    ).toBeGreaterThanOrEqual(3);
  });

  test('read models of a newer version are left alone', async () => {
    const first = start();
    await visibility.waitFor(await propose(1), PATIENCE_MS);
    await first.stop();
    await setVersion(99);
    await expect(start().done).rejects.toThrow(/funnel 99/);
  });

  test('a projector whose read models are rebuilt by another version stops instead of building them back', async () => {
    const { done } = start();
    await visibility.waitFor(await propose(1), PATIENCE_MS);
    await setVersion(99);
    await ground.pool.query('UPDATE read_models.generation SET epoch = epoch + 1');
    await propose(1);
    await expect(done).rejects.toThrow(ProjectorStopped);
  });
});
