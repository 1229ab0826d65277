import { createDatabase } from '../../test/support/database';
import { PROGRAMME } from '../../test/support/read-models';
import { createPool, Pool } from '../postgres/pool';
import { queryFunnel } from './funnel.read-model';
import { createGeneration, currentVersions, finishGeneration, LIVE } from './generation';
import { findProject, listProjects, PROJECT_SORTS, ProjectListQuery } from './projects.query';

// What people ask for all day must not read the whole board, however far they have paged.

const TODAY = '2024-06-01';
const PROJECTS = 5_000;

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
/** Statements as the queries have sent them. */
const sent: { text: string; values: unknown[] }[] = [];
let listening: Pool;

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.url, { max: 1 });
  const client = await pool.connect();
  const versions = currentVersions(PROGRAMME);
  await createGeneration(client, { schema: LIVE, storeId: 'plans', versions, total: 0 });
  await client.query(FILL);
  await finishGeneration(client, LIVE);
  client.release();
  const query = (text: string, values: unknown[]) => {
    sent.push({ text, values });
    return pool.query(text, values);
  };
  listening = { query } as unknown as Pool;
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Every tenth without an agreement; many with the same amount, day and instant. */
const FILL = `
  INSERT INTO read_models.projects (id, title, investor, origin, prefecture, stage, stage_since, paired, status, currency,
    committed_value, funds_received, funds_bound, proposed_on, last_event, last_activity_at, revision, position, state)
  SELECT gen_random_uuid(), '项目 ' || n % 997, '企业', '310000', '650200', 'proposed', date '2024-01-01' + n % 90, true, 'active',
    'CNY', CASE WHEN n % 10 > 0 THEN (n % 300) * 1e6 END, 0, 'exact', '2024-01-01', 'ProjectProposed',
    timestamptz '2024-03-01 00:00Z' + n % 700 * interval '1 hour', 0, n::text, '{}'
  FROM generate_series(1, ${PROJECTS}) AS n;
  INSERT INTO read_models.milestones (project, revision, milestone_revision, milestone, occurred_on, recorded_at, recorded_by)
  SELECT id, n, n, 'funds-received', '2024-01-01', now(), 'clerk' FROM read_models.projects, generate_series(0, 3) AS n`;

async function plansOf(ask: () => Promise<unknown>): Promise<string[]> {
  sent.length = 0;
  await ask();
  const plans: string[] = [];
  for (const { text, values } of sent) {
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
    plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}

test('the figures of a day in the past sort no milestones, so that workers can share them', async () => {
  const [plan] = await plansOf(() => queryFunnel(listening, { validOn: TODAY, by: 'prefecture' }, 'CNY'));
  expect(plan).toMatch(/on milestones/);
  expect(plan).not.toMatch(/Sort Key:[^\n]*milestone_revision/);
});

const orders = PROJECT_SORTS.flatMap((sort) => [false, true].map((descending) => ({ sort, descending })));

test.each(orders)('a page by %j reads its index alone, the first as any later one', async (order) => {
  const query: ProjectListQuery = { ...order, limit: 50, today: TODAY };
  let cursor: string | undefined;
  for (let page = 0; page < PROJECTS / 50; page += 1) {
    const at = { ...query, cursor };
    if ([0, 1, 60].includes(page)) {
      const plans = await plansOf(() => listProjects(listening, at));
      const rows = plans.find((plan) => plan.startsWith('Limit')) ?? '';
      expect(rows).toMatch(/Index Scan/);
      expect(rows).not.toMatch(/Sort|Seq Scan|Filter/);
      if (cursor) expect(rows).toMatch(/Index Cond: \(ROW\(/);
    }
    cursor = (await listProjects(pool, at)).next ?? undefined;
  }
  expect(cursor).toBeUndefined();
});

test('one project is found by the keys of its tables', async () => {
  const { items } = await listProjects(pool, { limit: 1, today: TODAY });
  for (const plan of await plansOf(() => findProject(listening, items[0]?.id ?? '', TODAY))) {
    expect(plan).toMatch(/(projects|milestones)_pkey/);
    expect(plan).not.toMatch(/Seq Scan on (projects|milestones)/);
  }
});
