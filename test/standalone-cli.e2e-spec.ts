import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../libs/postgres/pool';
import { createDatabase } from './support/database';
import { build, ServerProcess } from './support/server-process';

const LEDGER = `项目编号,项目名称,投资企业,来源省市,落地地州,签约类型,签约金额(亿元),签约日期
A-1,风电,上海甲公司,上海,克拉玛依市,投资协议,5.2,2024年5月13日
A-2,光伏,北京乙公司,北京市,和田,投资协议,1.5,2024-5-13
`;

describe('the command line', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let folder: string;
  let ledger: string;

  const luodi = async (...args: string[]) => {
    const command = ServerProcess.start(['apps/cli/luodi.cjs', ...args], { DATABASE_URL: database.url });
    const { code } = await command.exited;
    return { code, output: command.output, stdout: command.stdout };
  };
  const json = async (...args: string[]) => {
    const { code, stdout } = await luodi('--json', ...args);
    return { code, answer: JSON.parse(stdout) as Record<string, unknown> };
  };
  const run = async (...statements: string[]) => {
    const pool = createPool(database.url, { max: 1 });
    for (const statement of statements) await pool.query(statement);
    await pool.end();
  };

  beforeAll(build);

  beforeEach(async () => {
    database = await createDatabase();
    folder = await mkdtemp(join(tmpdir(), 'luodi-cli-'));
    ledger = join(folder, 'ledger.csv');
    await writeFile(ledger, LEDGER);
  });

  afterEach(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('imports a ledger: first as a dry run, then once, and exports what imports without a change', async () => {
    const dry = await luodi('import', ledger);
    expect(dry).toMatchObject({ code: 0, output: expect.stringContaining('Nothing was recorded') });
    expect(await json('verify')).toEqual({ code: 0, answer: { events: 0, streams: 0, broken: [] } });

    const applied = await json('--actor', '李四', 'import', ledger, '--apply');
    expect(applied).toMatchObject({ code: 0, answer: { created: 2, refused: 0, dryRun: false } });
    expect(await json('import', ledger, '--apply')).toMatchObject({ code: 0, answer: { created: 0, unchanged: 2 } });
    expect(await json('verify')).toEqual({ code: 0, answer: { events: 4, streams: 2, broken: [] } });

    for (const name of ['back.xlsx', 'back.csv']) {
      const file = join(folder, name);
      expect(await luodi('export', '--output', file)).toMatchObject({ code: 0 });
      expect(await json('import', file, '--apply')).toMatchObject({ code: 0, answer: { rows: 2, unchanged: 2 } });
    }
    const { stdout } = await luodi('export', '--format', 'csv', '--output', '-');
    expect(stdout).toContain('上海甲公司');
  });

  it('says of every row what became of it, and fails when one is refused', async () => {
    await writeFile(ledger, LEDGER.replace('和田', '火星'));
    const report = join(folder, 'report.csv');
    const { code, output } = await luodi('import', ledger, '--apply', '--report', report);
    expect(code).toBe(1);
    expect(output).toContain('火星');
    const lines = (await readFile(report, 'utf8')).trim().split(/\r?\n/);
    expect(lines[1]).toMatch(/新增; Propose 2024-05-13; SignInvestment 2024-05-13/);
    expect(lines[2]).toMatch(/拒绝; .*火星/);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('has told what it recorded when the disk is full for the report', async () => {
    const { code, output } = await luodi('import', ledger, '--apply', '--report', '/dev/full');
    expect(code).toBe(2);
    expect(output).toContain('Recorded 已记录');
    expect(output).toContain('the report /dev/full could not be written (what is said above holds): the disk is full');
  });

  it('records as of the past, from a named source and by a named person', async () => {
    expect(await luodi('import', ledger, '--apply', '--as-of', '2024-06-30')).toMatchObject({ code: 2 });
    const asOf = ['--as-of', '2024-06-30', '--source', 'old register'];
    expect(await luodi('--actor', '李四', 'import', ledger, '--apply', ...asOf)).toMatchObject({ code: 0 });
    const pool = createPool(database.url, { max: 1 });
    const { rows } = await pool.query<{ metadata: object }>('SELECT metadata FROM event_store.events');
    await pool.end();
    for (const { metadata } of rows) {
      expect(metadata).toMatchObject({
        recordedAt: '2024-06-30T12:00:00.000Z',
        backfill: { source: 'old register' },
        actor: { name: '李四', role: 'administrator', unit: 'luodi command line' },
      });
    }
  });

  it('finds the first event of a stream that was altered', async () => {
    await luodi('import', ledger, '--apply');
    await run(
      'SET session_replication_role = replica',
      `UPDATE event_store.events SET data = jsonb_set(data, '{investor}', '"somebody else"')
       WHERE revision = 0 AND data ->> 'code' = 'A-1'`,
    );
    const { code, answer } = await json('verify');
    expect(code).toBe(1);
    const broken = [{ stream: expect.any(String), revision: 0, type: 'ProjectProposed', faults: ['altered'] }];
    expect(answer).toMatchObject({ events: 4, streams: 2, broken });
    const [{ stream }] = answer.broken as [{ stream: string }];
    expect(await luodi('verify', '--stream', stream)).toMatchObject({ code: 1 });
  });

  it('rebuilds the read models and tells how far they are', async () => {
    await luodi('import', ledger, '--apply');
    expect(await json('status')).toMatchObject({ answer: { readModels: { position: null, eventsBehind: 4 } } });
    const rebuilt = await luodi('rebuild');
    expect(rebuilt).toMatchObject({ code: 0, output: expect.stringContaining('4 of 4 events') });
    expect(await json('status')).toMatchObject({
      code: 0,
      answer: {
        eventStore: { head: '4' },
        readModels: { position: '4', eventsBehind: 0, parked: 0, rebuilding: null },
      },
    });
    expect(await json('parked', 'list')).toEqual({ code: 0, answer: [] });
    expect(await json('parked', 'retry')).toEqual({ code: 0, answer: { released: [], parked: [] } });
  });

  it('says what is wrong in a sentence, with exit code 2', async () => {
    for (const [args, sentence] of [
      [['import', join(folder, 'nothing.xlsx')], 'nothing.xlsx'],
      [['import', ledger, '--mapping', join(folder, 'nothing.json')], 'nothing.json: the file cannot be read'],
      [['import', ledger, '--programme', join(folder, 'nothing.json')], 'nothing.json'],
      [['import', ledger, '--apply', '--report', ledger], 'is the ledger itself'],
      [['import', ledger, '--apply', '--report', join(folder, 'report.xlsx')], 'give it a name in .csv'],
      [['import', ledger, '--apply', '--report', join(folder, 'nowhere', 'r.csv')], 'r.csv cannot be written'],
      [['import', ledger, '--as-of', 'yesterday', '--source', 'x'], '--as-of yesterday is no instant'],
      [['verify', '--stream', 'project-nobody'], 'there is no stream project-nobody'],
      [['token', 'revoke', 'nobody'], 'there is no token nobody'],
      [['token', 'create', '--subject', 'a', '--name', 'b', '--unit', 'c', '--role', 'king'], 'Allowed choices are'],
      [['migrate-store', '--from', 'mysql://user:secret@host', '--to', folder], '--from must be postgres://…'],
      [['migrate-store', '--from', 'env:NOBODY_SET_THIS', '--to', folder], '--from: NOBODY_SET_THIS is not set'],
      [['migrate-store', '--from', database.url, '--to', database.url], 'are the same store'],
      [['migrate-store', '--from', database.url, '--to', 'esdb://a:b:c'], '--to is no connection string'],
      [['migrate-store', '--from', database.url, '--to', 'postgres://127.0.0.1:1/x'], 'no PostgreSQL answers at --to'],
      [['frobnicate'], 'unknown command'],
      [[], 'Usage: luodi'],
    ] as const) {
      const { code, output } = await luodi(...args);
      expect({ args, code, output }).toEqual({ args, code: 2, output: expect.stringContaining(sentence) });
      expect(output).not.toMatch(/^ {4}at /m);
    }
  });
});
