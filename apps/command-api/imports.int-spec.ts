import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createDatabase } from '../../test/support/database';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { EventStore } from '../../libs/event-store/event-store';
import { projectId } from '../../libs/programme/project-id';
import { createPool, Pool } from '../../libs/postgres/pool';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createToken, NewToken, revokeToken } from '../../libs/runtime/identity/tokens';
import { CommandApiModule } from './command-api.module';

const HEADER = '项目编号,项目名称,投资企业,来源省市,落地地州,谋划日期,签约日期,协议类型,签约金额(万元)';
const ROW = 'KLMY-1,风电装备,某风电公司,上海,克拉玛依市,2024-05-01,2024-05-13,投资协议,520';

let database: { url: string; drop: () => Promise<void> };
let server: RunningServer;
let pool: Pool;
const tokens = {} as Record<'administrator' | 'clerk' | 'other' | 'supervisor', string>;

async function start(): Promise<RunningServer> {
  const env = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' };
  return startHttp(CommandApiModule, { configuration: loadConfiguration(env), signals: false });
}

beforeAll(async () => {
  database = await createDatabase();
  server = await start();
  pool = createPool(database.url, { max: 1 });
  const wanted = (subject: string, role: NewToken['role'], prefectures: string[] = []): NewToken => ({
    subject,
    name: `The ${subject}`,
    unit: 'test',
    role,
    prefectures,
  });
  tokens.administrator = (await createToken(pool, wanted('administrator', 'administrator'))).token;
  tokens.supervisor = (await createToken(pool, wanted('supervisor', 'supervisor'))).token;
  tokens.clerk = (await createToken(pool, wanted('clerk', 'clerk', ['650200']))).token;
  tokens.other = (await createToken(pool, wanted('other', 'clerk', ['650100']))).token;
});

afterAll(async () => {
  await server.close();
  await pool.end();
  await database.drop();
});

/** Of an import, a page of rows or a list; a text where the answer is no JSON. */
interface Body {
  id: string;
  status: string;
  phase: string;
  progress?: { rows: number };
  report?: Record<string, unknown>;
  items: unknown[];
  text: string;
}

interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

type Role = keyof typeof tokens;

async function ask(path: string, init: RequestInit = {}, role: Role = 'administrator'): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1/imports${path}`, {
    ...init,
    headers: { authorization: `Bearer ${tokens[role]}`, ...init.headers },
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as Body) : ({ text } as Body),
  };
}

function handIn(
  content: string | Uint8Array<ArrayBuffer>,
  { name = '台账.csv', role, ...fields }: { name?: string; role?: Role } & Record<string, string> = {},
): Promise<Answer> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new Blob([content]), name);
  return ask('', { method: 'POST', body: form }, role);
}

async function untilOver(id: string): Promise<Answer['body']> {
  for (;;) {
    const { body } = await ask(`/${id}`);
    if (!['queued', 'running'].includes(body.status)) return body;
    await pause(50);
  }
}

const ledger = (...rows: string[]) => [HEADER, ...rows].join('\n');

async function historyOf(code: string) {
  const stream = `project-${projectId('xinjiang-aid', code)}`;
  return (await server.app.get<EventStore>(EVENT_STORE).readStreams([stream])).get(stream) ?? [];
}

describe('a ledger that is handed in', () => {
  test('is checked, told row by row, and recorded only when asked for, once', async () => {
    const taken = await handIn(ledger(ROW, ROW.replace('KLMY-1', 'KLMY-2').replace('2024-05-13', '2094-05-13')));
    expect(taken).toMatchObject({
      status: 202,
      body: { name: '台账.csv', phase: 'check', createdBy: 'The administrator' },
    });
    const { id } = taken.body;
    expect(taken.headers.get('location')).toBe(`/api/v1/imports/${id}`);
    expect(await untilOver(id)).toMatchObject({
      phase: 'check',
      status: 'done',
      progress: { rows: 2, created: 1, refused: 1 },
      report: { dryRun: true, rows: 2, created: 1, refused: 1, commands: { Propose: 1, SignInvestment: 1 } },
    });
    expect(await historyOf('KLMY-1')).toEqual([]);

    const refused = await ask(`/${id}/rows?outcome=refused`);
    expect(refused.body).toMatchObject({
      items: [
        { row: 3, code: 'KLMY-2', errors: [{ field: 'investmentSignedOn', cell: 'G3', code: 'date-in-future' }] },
      ],
      next: null,
    });
    const first = await ask(`/${id}/rows?limit=1`);
    expect(first.body).toMatchObject({ items: [{ row: 2, outcome: 'created' }], next: 2 });
    expect((await ask(`/${id}/rows?limit=1&after=2`)).body.items).toMatchObject([{ row: 3 }]);

    const applied = await ask(`/${id}/application`, { method: 'POST' });
    expect(applied).toMatchObject({ status: 202, body: { phase: 'application' } });
    expect(await untilOver(id)).toMatchObject({
      phase: 'application',
      status: 'done',
      report: { created: 1, refused: 1 },
    });
    const history = await historyOf('KLMY-1');
    expect(history.map(({ type, metadata }) => [type, metadata.correlationId])).toEqual([
      ['ProjectProposed', id],
      ['InvestmentSigned', id],
    ]);
    expect(history[1]?.data).toMatchObject({ amount: { value: '5200000.00', bound: 'exact' } });

    expect(await ask(`/${id}/application`, { method: 'POST' })).toMatchObject({
      status: 202,
      body: { phase: 'application', status: 'done', report: { created: 1 } },
    });
    expect(await historyOf('KLMY-1')).toHaveLength(2);
  });

  test('gives the same file back with what became of each row', async () => {
    const { body } = await handIn(ledger(ROW, ROW.replace('KLMY-1', 'KLMY-3').replace('上海', '火星')));
    await untilOver(body.id);
    const report = await ask(`/${body.id}/report`, { headers: { 'accept-language': 'zh' } });
    expect(report.headers.get('content-disposition')).toContain(encodeURIComponent('台账-report.csv'));
    const lines = report.body.text.split(/\r?\n/);
    expect(lines[0]).toMatch(/导入结果$/);
    expect(lines[1]).toMatch(/^KLMY-1,.*不变/);
    expect(lines[2]).toMatch(/^KLMY-3,.*拒绝.*D3/);
  });

  test('the report is what the file is, whatever it is called', async () => {
    const workbook = await handIn(new Uint8Array(readFileSync('deploy/samples/karamay-2024.xlsx')), { name: '台账' });
    const csv = await handIn(ledger(ROW), { name: '台账.xlsx' });
    for (const [{ body }, type, name, start] of [
      [workbook, 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', '台账-report.xlsx', /^PK/],
      [csv, 'text/csv; charset=utf-8', '台账-report.csv', /^\ufeff?项目编号,/],
    ] as const) {
      expect(await untilOver(body.id)).toMatchObject({ status: 'done' });
      const report = await ask(`/${body.id}/report`);
      expect(report.headers.get('content-type')).toBe(type);
      expect(report.headers.get('content-disposition')).toBe(
        `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      );
      expect(report.body.text).toMatch(start);
    }
  });

  test('a name that is too long keeps its end, in whole characters', async () => {
    const { body } = await handIn(ledger(ROW), { name: `${'𠮷'.repeat(250)}a.csv` });
    expect(await untilOver(body.id)).toMatchObject({ status: 'done', name: `${'𠮷'.repeat(195)}a.csv` });
    expect((await ask(`/${body.id}/report`)).status).toBe(200);
  });

  test('tells its progress as server-sent events until it is over', async () => {
    const { body } = await handIn(ledger(ROW));
    const events = await ask(`/${body.id}/progress`);
    expect(events.headers.get('content-type')).toContain('text/event-stream');
    expect(events.body.text).toMatch(/event: end\ndata: {.*"status":"done".*}\n\n$/);
  });

  test('tells its progress no longer to whose token is revoked', async () => {
    const { body } = await handIn(ledger(ROW));
    await untilOver(body.id);
    const elsewhere = `UPDATE ledger_imports.imports SET status = 'running', runner = gen_random_uuid(), heartbeat = now() + interval '1 hour'`;
    await pool.query(`${elsewhere} WHERE id = $1`, [body.id]);
    const service = { subject: 'bi', name: 'BI', unit: 'test', role: 'service' as const, prefectures: [] };
    const { id, token } = await createToken(pool, service);
    const progress = ask(`/${body.id}/progress`, { headers: { authorization: `Bearer ${token}` } });
    await pause(200);
    await revokeToken(pool, id);
    await expect(progress).rejects.toThrow('terminated');
  });

  test('can be recorded at once, and forgotten', async () => {
    const { body } = await handIn(ledger(ROW.replace('KLMY-1', 'KLMY-4')), { dryRun: 'false' });
    expect(await untilOver(body.id)).toMatchObject({ phase: 'application', status: 'done', report: { created: 1 } });
    expect(await historyOf('KLMY-4')).toHaveLength(2);
    expect(await ask(`/${body.id}`, { method: 'DELETE' })).toMatchObject({ status: 204 });
    expect(await ask(`/${body.id}`)).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect((await pool.query('SELECT FROM ledger_imports.file_parts WHERE import = $1', [body.id])).rowCount).toBe(0);
  });
});

describe('a ledger that turns out to be broken far behind its head', () => {
  const broken = (code: string) => {
    const rows = Array.from({ length: 1_000 }, (_, index) => ROW.replace('KLMY-1', `${code}-${index}`));
    return ledger(...rows, `"${code}-1000,a quote that is never closed`);
  };

  test('fails its check, and is not applied then', async () => {
    const { body } = await handIn(broken('LATE'));
    expect(await untilOver(body.id)).toMatchObject({
      phase: 'check',
      status: 'failed',
      problem: { code: 'broken-csv' },
    });
    expect(await ask(`/${body.id}/application`, { method: 'POST' })).toMatchObject({
      status: 409,
      body: { code: 'import-not-checked' },
    });
    expect(await untilOver(body.id)).toMatchObject({ phase: 'check', status: 'failed' });
    expect(await historyOf('LATE-0')).toEqual([]);
  });

  test('records nothing when it is to be recorded at once, however often that is asked for', async () => {
    const { body } = await handIn(broken('ONCE'), { dryRun: 'false' });
    const failed = { phase: 'application', status: 'failed', problem: { code: 'broken-csv' } };
    expect(await untilOver(body.id)).toMatchObject(failed);
    expect(await ask(`/${body.id}/application`, { method: 'POST' })).toMatchObject({ status: 202 });
    expect(await untilOver(body.id)).toMatchObject(failed);
    expect(await historyOf('ONCE-0')).toEqual([]);
  });
});

describe('who may do what', () => {
  test('clerks write for their prefectures and see their own imports, supervisors read', async () => {
    expect(await handIn(ledger(ROW), { role: 'supervisor' })).toMatchObject({ status: 403 });
    const { body } = await handIn(ledger(ROW.replace('KLMY-1', 'KLMY-5')), { role: 'other' });
    expect(await untilOver(body.id)).toMatchObject({
      report: { refused: 1, refusals: [{ code: 'prefecture-forbidden prefecture' }] },
    });
    expect(await ask(`/${body.id}`, {}, 'clerk')).toMatchObject({ status: 404 });
    expect(await ask(`/${body.id}`, {}, 'supervisor')).toMatchObject({ status: 200 });
    expect(await ask(`/${body.id}/application`, { method: 'POST' }, 'supervisor')).toMatchObject({ status: 403 });
    expect((await ask('', {}, 'clerk')).body.items).toEqual([]);
    expect((await ask('', {}, 'supervisor')).body.items.length).toBeGreaterThan(1);
    const own = await handIn(ledger(ROW.replace('KLMY-1', 'KLMY-5')), { role: 'clerk' });
    expect(await untilOver(own.body.id)).toMatchObject({ report: { created: 1 } });
  });

  test('a backfill is for administrators, marked as such, and never in the future', async () => {
    const backfill = { recordedAt: '2024-06-30T12:00:00Z', source: '2024 年旧台账' };
    const content = ledger(ROW.replace('KLMY-1', 'KLMY-6'));
    expect(await handIn(content, { ...backfill, role: 'clerk' })).toMatchObject({ status: 403 });
    for (const recordedAt of ['2094-06-30T12:00:00Z', '2021-06-31T12:00:00Z', '2023-02-29T12:00:00Z', '2021-06-30']) {
      expect(await handIn(content, { ...backfill, recordedAt })).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'recordedAt' }] },
      });
    }
    const { body } = await handIn(content, { ...backfill, dryRun: 'false' });
    await untilOver(body.id);
    expect((await historyOf('KLMY-6'))[0]?.metadata).toMatchObject({
      recordedAt: '2024-06-30T12:00:00.000Z',
      backfill: { source: '2024 年旧台账' },
    });
  });
});

describe('what cannot be read', () => {
  afterEach(async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect((await handIn(ledger(ROW))).status).toBe(202);
  });

  test.each([
    ['an empty file', '', 422, 'empty-file'],
    [
      'broken UTF-8',
      Buffer.concat([Buffer.from(`${ledger(ROW)}\n风电`), Buffer.from([0xe9, 0xa3])]),
      422,
      'broken-encoding',
    ],
    ['a truncated workbook', readFileSync('deploy/samples/karamay-2024.xlsx').subarray(0, 15_000), 422, 'damaged'],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 415, 'not-a-ledger-file'],
    ['a table without a header that is known', 'a,b\n1,2\n', 422, 'no-header'],
  ])('%s is answered at once', async (_what, content, status, code) => {
    const answer = await handIn(content);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  test('a zip bomb', async () => {
    const bomb = await zipBomb();
    expect(bomb.length).toBeLessThan(2_000_000);
    expect(await handIn(bomb, { name: 'bomb.xlsx' })).toMatchObject({ status: 413, body: { code: 'zip-bomb' } });
  });

  test('a body of 50 MB', async () => {
    const before = process.memoryUsage().rss;
    const answer = await handIn(Buffer.alloc(50 * 1024 * 1024, 'x'));
    expect(answer).toMatchObject({ status: 413, body: { code: 'file-too-large' } });
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });

  test('a body that is no form, a form without a file, a field nobody knows', async () => {
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect(await ask('', json)).toMatchObject({ status: 415 });
    const form = new FormData();
    form.set('dryRun', 'true');
    expect(await ask('', { method: 'POST', body: form })).toMatchObject({
      status: 400,
      body: { code: 'file-missing' },
    });
    expect(await handIn(ledger(ROW), { colour: 'red' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'colour' }] },
    });
    expect(await handIn(ledger(ROW), { name: 'a\0b.csv' })).toMatchObject({
      status: 400,
      body: { code: 'field-malformed', errors: [{ field: 'file', code: 'text-malformed' }] },
    });
    const backfill = { recordedAt: '2024-06-30T12:00:00Z', source: 'old\0ledger' };
    expect(await handIn(ledger(ROW), backfill)).toMatchObject({
      status: 400,
      body: { code: 'field-malformed', errors: [{ field: 'source', code: 'text-malformed' }] },
    });
    expect(await handIn(ledger(ROW), { mapping: '../../package' })).toMatchObject({ status: 400 });
    const cut = '--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\nabc';
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    expect(await ask('', { method: 'POST', body: cut, headers })).toMatchObject({ status: 400 });
    expect(await ask('/no-uuid')).toMatchObject({ status: 404 });
    expect(await ask('/00000000-0000-4000-8000-000000000000')).toMatchObject({ status: 404 });
  });
});

describe('a process that ends', () => {
  test('leaves its import interrupted; another goes on with it', async () => {
    const rows = Array.from({ length: 6_000 }, (_, index) => ROW.replace('KLMY-1', `MANY-${index}`));
    const { body } = await handIn(ledger(...rows), { dryRun: 'false' });
    while (((await ask(`/${body.id}`)).body.progress?.rows ?? 0) === 0) await pause(20);
    await server.close();
    server = await start();
    const interrupted = await ask(`/${body.id}`);
    expect(interrupted.body).toMatchObject({ phase: 'application', status: 'interrupted' });
    expect(interrupted.body.progress?.rows).toBeLessThan(6_000);
    await ask(`/${body.id}/application`, { method: 'POST' });
    expect(await untilOver(body.id)).toMatchObject({
      status: 'done',
      report: { rows: 6_000, created: 6_000, refused: 0 },
    });
    const { rows: counted } = await pool.query(
      `SELECT count(*)::int AS events, count(DISTINCT stream)::int AS streams FROM event_store.events
       WHERE metadata ->> 'correlationId' = $1`,
      [body.id],
    );
    expect(counted[0]).toEqual({ events: 12_000, streams: 6_000 });
  });

  test.each([
    ['application', 202, { phase: 'application', status: 'done' }],
    // Nobody knows yet what it would come to.
    ['check', 409, { phase: 'check', status: 'interrupted' }],
  ])('leaves its %s interrupted also when it could not say so', async (phase, status, end) => {
    const { body } = await handIn(ledger(ROW), { dryRun: `${phase === 'check'}` });
    await untilOver(body.id);
    await pool.query(
      `UPDATE ledger_imports.imports SET status = 'running', runner = gen_random_uuid(), heartbeat = now() - interval '1 minute'
       WHERE id = $1`,
      [body.id],
    );
    expect((await ask(`/${body.id}`)).body).toMatchObject({ phase, status: 'interrupted' });
    expect(await ask(`/${body.id}/application`, { method: 'POST' })).toMatchObject({ status });
    expect(await untilOver(body.id)).toMatchObject(end);
  });
});

/** A workbook of a few kilobytes whose sheet unpacks to hundreds of megabytes. */
async function zipBomb(): Promise<Uint8Array<ArrayBuffer>> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const add = (name: string, text: string | Buffer) => zip.addBuffer(Buffer.from(text as string), name);
  add('[Content_Types].xml', '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>');
  add('xl/workbook.xml', '<workbook><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>');
  add(
    'xl/_rels/workbook.xml.rels',
    '<Relationships><Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
  );
  add('xl/worksheets/sheet1.xml', Buffer.alloc(200 * 1024 * 1024, '<row/>'));
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}
