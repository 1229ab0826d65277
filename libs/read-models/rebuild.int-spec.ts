import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { proposalOf } from '../../test/support/random-projects';
import { Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { EventStore, ReadAllOptions } from '../event-store/event-store';
import { queryFunnel } from './funnel.read-model';
import { LIVE, livePosition, loadGeneration } from './generation';
import { project } from './projector';
import { projectorStatus } from './projector-status';
import { listProjects } from './projects.query';
import { rebuild, RebuildRunning } from './rebuild';
import { RebuildProgress } from './rebuild-progress';
import { publishReporting, REPORTING_ROLE, REPORTING_VIEWS } from './reporting';
import { Visibility } from './wait-for';

/** Longer than any machine takes that is merely busy. */
const PATIENCE_MS = 60_000;

let ground: Ground;
let recorder: Recorder;
let visibility: Visibility;
let aborting: AbortController;
let done: Promise<void>;

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  visibility = new Visibility(ground.url, ground.pool, ground.store);
  aborting = new AbortController();
  done = project(context(), aborting.signal);
  await propose(20);
});

afterEach(async () => {
  aborting.abort();
  await done;
  await visibility.close();
  await ground.close();
});

const context = () => ({ pool: ground.projections, store: ground.store, programme: PROGRAMME });

async function propose(count: number): Promise<void> {
  let position: string | undefined;
  for (let serial = 0; serial < count; serial += 1) {
    position = await recorder.record(randomUUID(), { type: 'Propose', data: proposalOf(serial) });
  }
  await visibility.waitFor(position!, PATIENCE_MS);
}

test('queries see all projects throughout, positions never go back, and writes go on', async () => {
  const stop = { now: false };
  let asked = 0;
  const seen: number[] = [];
  const asking = (async () => {
    let last = '1';
    while (!stop.now) {
      const [page, [funnel], position] = await Promise.all([
        listProjects(ground.pool, { today: '2024-12-31', limit: 1000 }),
        queryFunnel(ground.pool, {}, 'CNY'),
        livePosition(ground.pool),
      ]);
      seen.push(page.total, page.items.length, funnel!.total.projects);
      expect(ground.store.compare(position!, last)).toBeGreaterThanOrEqual(0);
      last = position!;
      asked += 1;
    }
  })();
  const writing = (async () => {
    while (!stop.now) await propose(1);
  })();
  const ids: string[] = [];
  const rebuilding = (async () => {
    while (ids.length < 4 || asked <= 10) {
      await rebuild(context());
      ids.push((await loadGeneration(ground.pool, LIVE))!.id);
      if (stop.now) return;
    }
  })();
  const ending = () => (stop.now = true);
  await Promise.all([rebuilding.finally(ending), asking.finally(ending), writing.finally(ending)]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(20);
  await propose(1);
});

test('a rebuild tells how far it is, to who runs it and to who asks, and only one runs', async () => {
  const told: RebuildProgress[] = [];
  const asked: unknown[] = [];
  const refused: unknown[] = [];
  let asking: Promise<unknown> = Promise.resolve();
  const ask = async () => {
    asked.push((await projectorStatus(ground.pool, ground.store)).rebuilding);
    await rebuild(context()).catch((error: unknown) => refused.push(error));
  };
  const onProgress = (progress: RebuildProgress) => {
    told.push(progress);
    asking = ask();
  };
  // The rebuild that tells does not end before whoever it told has asked.
  const store: EventStore = Object.assign(Object.create(ground.store) as EventStore, {
    async *readAll(options: ReadAllOptions) {
      for await (const batch of ground.store.readAll(options)) {
        yield batch;
        await asking;
      }
    },
  });
  const result = await rebuild({ ...context(), store, onProgress });
  expect(result).toMatchObject({ applied: 20, total: 20, secondsLeft: 0, position: '20' });
  expect(told[0]).toMatchObject({ applied: 0, total: 20, startedAt: expect.any(String) });
  expect(refused).toEqual(told.map(() => expect.any(RebuildRunning) as unknown));
  expect(asked[0]).toMatchObject({ applied: expect.any(Number), total: 20 });
  expect(await projectorStatus(ground.pool, ground.store)).toMatchObject({ rebuilding: null, eventsBehind: 0 });
});

test('a rebuild that is interrupted leaves the live read models, and the next one begins anew', async () => {
  const before = (await loadGeneration(ground.pool, LIVE))!.id;
  const interrupted = new AbortController();
  const onProgress = () => interrupted.abort();
  await expect(rebuild({ ...context(), signal: interrupted.signal, onProgress })).rejects.toThrow();
  expect((await loadGeneration(ground.pool, LIVE))!.id).toBe(before);
  await propose(1);
  await rebuild(context());
  expect((await loadGeneration(ground.pool, LIVE))!.id).not.toBe(before);
  await propose(1);
});

test('there is a position at every moment, also in the one in which the generations are swapped', async () => {
  const stop = { now: false };
  let asked = 0;
  const asking = Array.from({ length: 8 }, async () => {
    while (!stop.now) {
      expect(await livePosition(ground.pool)).toBe('20');
      asked += 1;
    }
  });
  const rebuilding = (async () => {
    for (let round = 0; round < 12 || asked <= 100; round += 1) {
      await rebuild(context());
      if (stop.now) return;
    }
  })();
  await Promise.all([rebuilding, ...asking].map((running) => running.finally(() => (stop.now = true))));
});

test('a query that runs for long sees the old generation to its end, and delays nobody', async () => {
  const before = (await loadGeneration(ground.pool, LIVE))!.id;
  const client = await ground.pool.connect();
  await client.query('BEGIN; DECLARE long CURSOR FOR SELECT id FROM read_models.projects; FETCH 1 FROM long');
  const rebuilt = rebuild(context());
  rebuilt.catch(() => undefined);
  try {
    while ((await loadGeneration(ground.pool, LIVE))!.id === before) await Promise.race([setImmediate(), rebuilt]);
    await propose(1);
    expect((await listProjects(ground.pool, { today: '2024-12-31' })).total).toBe(21);
    expect((await client.query('FETCH ALL FROM long')).rows).toHaveLength(19);
  } finally {
    await client.query('COMMIT');
    client.release();
    await rebuilt;
  }
});

describe('reporting', () => {
  test('has a comment on every view and column, also after a rebuild', async () => {
    await rebuild(context());
    const { rows } = await ground.pool.query<{ name: string; columns: string; bare: string }>(
      `SELECT c.relname AS name, count(*) AS columns, count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL
         OR obj_description(c.oid) IS NULL) AS bare
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
       WHERE c.relnamespace = 'reporting'::regnamespace GROUP BY 1 ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['conferences', 'funnel', 'matrix', 'milestones', 'projects']);
    expect(rows.map(({ bare }) => bare)).toEqual(['0', '0', '0', '0', '0']);
    const columns = REPORTING_VIEWS.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(
      (view) => Object.keys(view.columns).length,
    );
    expect(rows.map((row) => Number(row.columns))).toEqual(columns);
  });

  test('its role reads the views, writes nothing and sees no other schema', async () => {
    const client = await ground.pool.connect();
    try {
      await client.query(`SET ROLE ${REPORTING_ROLE}`);
      expect((await client.query('SELECT sum(projects)::int AS n FROM reporting.matrix')).rows).toEqual([{ n: 20 }]);
      for (const view of REPORTING_VIEWS) await client.query(`SELECT * FROM reporting.${view.name}`);
      for (const statement of [
        'DELETE FROM reporting.projects',
        `UPDATE reporting.conferences SET name = 'x'`,
        'SELECT * FROM read_models.projects',
        'SELECT * FROM event_store.events',
        'CREATE TABLE reporting.mine (id int)',
        'DROP VIEW reporting.funnel',
      ]) {
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    } finally {
      client.release(true);
    }
  });

  test("views that others have built on it, and grants, survive a rebuild and show the new generation's rows", async () => {
    await ground.pool.query('CREATE VIEW public.mine AS SELECT count(*)::int AS n FROM reporting.projects');
    await rebuild(context());
    await propose(2);
    expect((await ground.pool.query('SELECT n FROM public.mine')).rows).toEqual([{ n: 22 }]);
  });

  test('views built on those of an earlier version survive: columns come only behind those there are', async () => {
    for (const [name, added] of [
      ['projects', 'funds_bound'],
      ['funnel', 'funds_at_least'],
    ] as const) {
      const { columns } = REPORTING_VIEWS.find((view) => view.name === name)!;
      const earlier = Object.keys(columns).filter((column) => column !== added);
      await ground.pool.query(
        `DROP VIEW reporting.${name}; CREATE VIEW reporting.${name} AS SELECT ${earlier.join(', ')} FROM read_models.${name};
         CREATE VIEW public.on_${name} AS SELECT count(*)::int AS n FROM reporting.${name}`,
      );
    }
    await rebuild(context());
    expect((await ground.pool.query('SELECT n FROM public.on_projects')).rows).toEqual([{ n: 20 }]);
    expect((await ground.pool.query('SELECT count(funds_bound)::int AS n FROM reporting.projects')).rows).toEqual([
      { n: 20 },
    ]);
  });

  test('a view that has lost a column is made anew', async () => {
    await ground.pool.query('DROP VIEW reporting.matrix; CREATE VIEW reporting.matrix AS SELECT 1 AS other');
    await rebuild(context());
    expect((await ground.pool.query('SELECT sum(projects)::int AS n FROM reporting.matrix')).rows).toEqual([{ n: 20 }]);
  });

  test('a database user who may not create roles gets the views without the role, and is told', async () => {
    const notices: string[] = [];
    const client = await ground.pool.connect();
    try {
      await client.query(`CREATE ROLE plain_user_${process.pid} NOLOGIN`);
      await client.query('BEGIN');
      await client.query(`DROP SCHEMA reporting CASCADE`);
      await client.query(
        `GRANT CREATE ON DATABASE ${new URL(ground.url).pathname.slice(1)} TO plain_user_${process.pid}`,
      );
      await client.query(`GRANT USAGE ON SCHEMA read_models TO plain_user_${process.pid}`);
      await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA read_models TO plain_user_${process.pid}`);
      await client.query(`ALTER ROLE ${REPORTING_ROLE} RENAME TO renamed_for_a_test`);
      await client.query(`SET LOCAL ROLE plain_user_${process.pid}`);
      await publishReporting(client, (text) => notices.push(text));
      expect((await client.query('SELECT count(*)::int AS n FROM reporting.projects')).rows).toEqual([{ n: 20 }]);
    } finally {
      await client.query('ROLLBACK');
      await client.query(`DROP ROLE plain_user_${process.pid}`);
      client.release();
    }
    expect(notices).toEqual([expect.stringContaining('may not create roles')]);
  });
});
