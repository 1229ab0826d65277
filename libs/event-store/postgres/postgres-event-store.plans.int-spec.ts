import { createDatabase } from '../../../test/support/database';
import { newStream, nextAppend } from '../../../test/support/tally';
import { createClient, createPool, Client, Pool } from '../../postgres/pool';
import { PostgresEventStore } from './postgres-event-store';
import { SESSION_SETTINGS, STATEMENTS } from './statements';

// Whoever opens the store first prepares its statements while the tables are empty; a plan made then is kept for as long as
// the connection lives. Here every statement is prepared on an empty store, and must still use the indexes on a full one.

type Name = keyof typeof STATEMENTS;

const EVENTS = 5_000;
const before = nextAppend(newStream(), 2);
const lone = before.request.events[0];
const json = (revision: number) =>
  JSON.stringify(
    before.request.events.map(({ type, data, metadata }, index) => ({
      append: index,
      stream: `plan-${index}`,
      expected: revision - 1,
      previous: metadata.previousHash,
      revision,
      type,
      data,
      metadata,
    })),
  );
const VALUES: Record<Name, unknown[]> = {
  append: [json(0)],
  appendOne: ['plan-one', 0, lone?.type, lone?.data, lone?.metadata, '0'.repeat(64)],
  head: [],
  page: ['0', '1000', 100],
  stream: ['plan-1', 0, 100],
  streams: [['plan-1', 'plan-2']],
  backlog: ['7'],
};

let database: Awaited<ReturnType<typeof createDatabase>>;
let pool: Pool;
let early: Client;
const notices: string[] = [];

beforeAll(async () => {
  database = await createDatabase();
  pool = createPool(database.url, { max: 2, application_name: 'observer' });
  await (await PostgresEventStore.open(database.url)).close();
  await pool.query('ALTER TABLE event_store.events SET (autovacuum_enabled = false)');
  early = createClient(database.url, { options: SESSION_SETTINGS, application_name: 'early' });
  early.on('notice', ({ message }) => notices.push(message ?? ''));
  await early.connect();
  // Five times, for that is when PostgreSQL may settle for a generic plan; rolled back, so that the store stays empty.
  await early.query('BEGIN');
  for (let time = 0; time < 6; time += 1) {
    for (const [name, values] of Object.entries(VALUES)) await early.query({ ...STATEMENTS[name as Name], values });
  }
  await early.query('ROLLBACK');
  await fill();
});
afterAll(async () => {
  await early.end();
  await pool.end();
  await database.drop();
});

async function fill(): Promise<void> {
  const store = await PostgresEventStore.open(database.url);
  await Promise.all(Array.from({ length: EVENTS / 5 }, () => store.append(nextAppend(newStream(), 5).request)));
  await store.close();
}

/** Waits for the end of all sessions of stores, which is later than their pools': each has counted what it has read by then. */
async function untilAlone(): Promise<void> {
  const others = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'luodi'`;
  while ((await pool.query(others)).rowCount);
  await early.query('SELECT pg_stat_force_next_flush()');
}

/** The plan that this session executes, as it was made on the empty store. */
async function planOf(name: Name): Promise<string> {
  const values = VALUES[name].map((value) => early.escapeLiteral(toText(value))).join();
  const { rows } = await early.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN EXECUTE ${early.escapeIdentifier(STATEMENTS[name].name)}${values && `(${values})`}`,
  );
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

function toText(value: unknown): string {
  if (Array.isArray(value)) return `{${value.join()}}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function expectIndexesOnly(plan: string): void {
  const lines = plan.split('\n').filter((line) => /(\(cost=|Index Cond:)/.test(line));
  const reads = lines.flatMap((line, index) =>
    / on events\b/.test(line) ? [{ line, next: lines[index + 1] ?? '' }] : [],
  );
  const scans = reads.filter(({ line }) => !line.includes('Insert on'));
  expect(scans.length).toBeGreaterThan(0);
  for (const { line, next } of scans) {
    expect(line).toMatch(/Index (Only )?Scan/);
    // An index that is read without a condition is the whole table in another order; only the newest event is found so.
    if (!next.includes('Index Cond:')) expect(line).toMatch(/Backward using events_pkey/);
  }
}

test.each(Object.keys(VALUES).filter((name) => name !== 'append') as Name[])(
  '%s, prepared on an empty store, uses the indexes only',
  async (name) => {
    expectIndexesOnly(await planOf(name));
  },
);

test('what event_store.append does inside uses the indexes only', async () => {
  await early.query("LOAD 'auto_explain'");
  for (const setting of [
    'auto_explain.log_min_duration = 0',
    'auto_explain.log_nested_statements = on',
    'auto_explain.log_timing = off',
    'client_min_messages = log',
  ]) {
    await early.query(`SET ${setting}`);
  }
  notices.length = 0;
  await early.query({ ...STATEMENTS.append, values: [json(0)] });
  await early.query({ ...STATEMENTS.append, values: [json(0)] });
  await early.query('SET client_min_messages = warning');
  const plans = notices.filter((notice) => notice.includes('event_store.events'));
  // Each time: the head, the insert, and what was refused.
  expect(plans).toHaveLength(6);
  for (const plan of plans) expectIndexesOnly(plan);
});

test('a whole day of work reads no more than what it asks for', async () => {
  await untilAlone();
  const store = await PostgresEventStore.open(database.url);
  const counters = async (): Promise<{ scans: number; read: number }> => {
    await pool.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await pool.query<{ scans: string; read: string }>(
      `SELECT sum(seq_scan) AS scans, sum(seq_tup_read + idx_tup_read) AS read FROM
         (SELECT seq_scan, seq_tup_read FROM pg_stat_user_tables WHERE schemaname = 'event_store' AND relname = 'events') t,
         (SELECT sum(idx_tup_read) AS idx_tup_read FROM pg_stat_user_indexes
          WHERE schemaname = 'event_store' AND relname = 'events') i`,
    );
    return { scans: Number(rows[0]?.scans), read: Number(rows[0]?.read) };
  };
  const start = await counters();
  let asked = 0;
  let end = newStream();
  for (let index = 0; index < 50; index += 1) {
    const next = nextAppend(end);
    await store.append(next.request);
    ({ end } = next);
    await Promise.all([
      store.append(nextAppend(newStream(), 2).request),
      store.append(nextAppend(newStream()).request),
    ]);
    await store.readStreams([end.stream, newStream().stream]);
    asked += index + 1;
    await store.backlog(String(EVENTS));
  }
  for await (const batch of store.readAll({ after: String(EVENTS - 100), batchSize: 50 })) asked += batch.length;
  await store.close();
  await untilAlone();
  const used = await counters();
  expect(used.scans).toBe(start.scans);
  expect(used.read - start.read).toBeGreaterThanOrEqual(asked);
  expect(used.read - start.read).toBeLessThan(asked + 50 * 20);
});
