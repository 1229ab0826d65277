import { randomUUID } from 'node:crypto';
import { createDatabase } from '../../test/support/database';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { EventStore, RecordedEvent } from '../../libs/event-store/event-store';
import { createPool, Pool } from '../../libs/postgres/pool';
import { projectId } from '../../libs/programme/project-id';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createToken, NewToken } from '../../libs/runtime/identity/tokens';
import { CommandApiModule } from './command-api.module';

const PROPOSAL = {
  occurredOn: '2024-03-01',
  title: '风电',
  investor: '某公司',
  origin: '310000',
  prefecture: '650200',
};
const MONEY = { value: '520000000', bound: 'at-least' };
const CONFERENCE = {
  id: 'karamay-2024',
  name: '推介会',
  place: '克拉玛依',
  opensOn: '2024-05-13',
  closesOn: '2024-05-13',
  organisers: ['市政府'],
  prefecture: '650200',
};

let database: { url: string; drop: () => Promise<void> };
let server: RunningServer;
let pool: Pool;
let store: EventStore;
const tokens: Record<'administrator' | 'clerk' | 'supervisor' | 'service', string> = {} as never;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' };
  server = await startHttp(CommandApiModule, { configuration: loadConfiguration(env), signals: false });
  store = server.app.get<EventStore>(EVENT_STORE);
  pool = createPool(database.url, { max: 1 });
  for (const role of ['administrator', 'clerk', 'supervisor', 'service'] as const) {
    const wanted: NewToken = { subject: role, name: `The ${role}`, unit: 'test', role, prefectures: [] };
    tokens[role] = (await createToken(pool, role === 'clerk' ? { ...wanted, prefectures: ['650200'] } : wanted)).token;
  }
});

afterAll(async () => {
  await server.close();
  await pool.end();
  await database.drop();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { authorization: `Bearer ${tokens.administrator}`, 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

const as = (role: keyof typeof tokens) => ({ authorization: `Bearer ${tokens[role]}` });

async function newProject(over: Record<string, unknown> = {}): Promise<string> {
  const { status, body } = await post('/projects', { ...PROPOSAL, ...over });
  expect(status).toBe(201);
  return String(body.id);
}

async function eventsOf(id: string): Promise<RecordedEvent[]> {
  return (await store.readStreams([`project-${id}`])).get(`project-${id}`) ?? [];
}

describe('a project from proposal to operation', () => {
  it('opens a conference, adds a sub-venue, closes it', async () => {
    const opened = await post('/conferences', CONFERENCE);
    expect(opened).toMatchObject({ status: 201, body: { id: 'karamay-2024', revision: 0 } });
    expect(opened.headers.get('location')).toBe('/api/v1/conferences/karamay-2024');
    const venue = { name: '分会场', partners: ['310000'], regions: ['650200'] };
    expect(await post('/conferences/karamay-2024/sub-venues', venue)).toMatchObject({
      status: 200,
      body: { revision: 1 },
    });
    const closed = await post('/conferences/karamay-2024/closing', { closedOn: '2024-05-13' });
    expect(closed).toMatchObject({ status: 200, body: { revision: 2 } });
    expect(await post('/conferences', CONFERENCE)).toMatchObject({ status: 409, body: { code: 'conference-exists' } });
  });

  it('takes every command', async () => {
    const proposed = await post('/projects', { ...PROPOSAL, code: 'KLMY-1' });
    const id = projectId('xinjiang-aid', 'KLMY-1');
    expect(proposed).toMatchObject({ status: 201, body: { id, revision: 0, stage: 'proposed', status: 'active' } });
    expect(proposed.headers.get('location')).toBe(`/api/v1/projects/${id}`);
    const evidence = [{ kind: 'licence', reference: '1' }];
    const conference = 'karamay-2024';
    const steps: [string, object, string][] = [
      ['promotion', { occurredOn: '2024-05-13', conference, venue: '分会场' }, 'promoted'],
      [
        'intent-signing',
        { occurredOn: '2024-05-13', agreement: 'framework', amount: MONEY, conference },
        'intent-signed',
      ],
      [
        'investment-signing',
        { occurredOn: '2024-06-20', amount: MONEY, plannedStart: '2024-09-01' },
        'investment-signed',
      ],
      ['landing', { occurredOn: '2024-08-01', legalEntity: '新公司', evidence }, 'landed'],
      ['construction-start', { occurredOn: '2024-09-10' }, 'landed'],
      ['funds', { occurredOn: '2024-10-15', amount: { value: '12.5' }, evidence }, 'landed'],
      [
        'commitment-revision',
        { occurredOn: '2024-11-01', amount: { value: '600000000.00' }, reason: '增资' },
        'landed',
      ],
      ['suspension', { occurredOn: '2024-12-01', reason: '审批' }, 'landed'],
      ['resumption', { occurredOn: '2025-01-02', reason: '批准' }, 'landed'],
      ['assignment', { unit: '招商局', person: '张三' }, 'landed'],
      ['investor-change', { occurredOn: '2025-02-01', investor: '接手公司', reason: '股权转让' }, 'landed'],
      ['operation', { occurredOn: '2025-05-20', evidence }, 'operating'],
      ['corrections', { milestone: 'landed', correctedOn: '2024-08-05', reason: '有误' }, 'operating'],
      ['revocations', { milestone: 'operating', reason: '不实' }, 'landed'],
      ['termination', { occurredOn: '2025-06-01', reason: '撤资' }, 'landed'],
    ];
    for (const [index, [path, body, stage]] of steps.entries()) {
      const answer = await post(`/projects/${id}/${path}`, body, { 'if-match': `"${index}"` });
      expect([path, answer.status, answer.body.stage, answer.body.revision]).toEqual([path, 200, stage, index + 1]);
      expect(answer.headers.get('etag')).toBe(`"${index + 1}"`);
    }
    const events = await eventsOf(id);
    expect(events).toHaveLength(16);
    const funds = events.find((event) => event.type === 'FundsReceived');
    expect(funds?.data.amount).toEqual({ value: '12.50', currency: 'CNY', bound: 'exact' });
    expect(funds?.metadata.actor).toEqual({
      subject: 'administrator',
      name: 'The administrator',
      role: 'administrator',
      unit: 'test',
    });
  });

  it('keeps the correlation id of the caller', async () => {
    const { body } = await post('/projects', PROPOSAL, { 'x-correlation-id': 'from-outside' });
    expect((await eventsOf(String(body.id)))[0]?.metadata.correlationId).toBe('from-outside');
  });

  it('keeps the trace context of the caller, and no broken one', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const { body } = await post('/projects', PROPOSAL, { traceparent });
    expect((await eventsOf(String(body.id)))[0]?.metadata).toMatchObject({
      traceparent,
      correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
    });
    const broken = await post('/projects', PROPOSAL, { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` });
    expect((await eventsOf(String(broken.body.id)))[0]?.metadata).not.toHaveProperty('traceparent');
  });
});

it('is ready while its store is', async () => {
  const response = await fetch(`${server.url}/health/ready`);
  expect(await response.json()).toEqual({ status: 'up', parts: { identity: 'up', 'event-store': 'up' } });
});

describe('who may record', () => {
  it.each(['supervisor', 'service'] as const)('not a %s', async (role) => {
    expect(await post('/projects', PROPOSAL, as(role))).toMatchObject({ status: 403, body: { code: 'role' } });
  });

  it('nobody without a token', async () => {
    const answer = await post('/projects', PROPOSAL, { authorization: '' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('a clerk, for the own prefecture alone', async () => {
    expect((await post('/projects', PROPOSAL, as('clerk'))).status).toBe(201);
    expect((await post('/projects', { ...PROPOSAL, prefecture: ' 650200' }, as('clerk'))).status).toBe(201);
    const elsewhere = await post('/projects', { ...PROPOSAL, prefecture: '653200' }, as('clerk'));
    expect(elsewhere).toMatchObject({
      status: 403,
      body: { code: 'prefecture', detail: expect.stringContaining('653200') },
    });
  });

  it('a clerk does not touch a project that lies elsewhere, nor learns of it by repeating a command', async () => {
    const id = await newProject({ prefecture: '653200' });
    const key = { 'idempotency-key': randomUUID() };
    const assignment = { unit: '招商局' };
    expect((await post(`/projects/${id}/assignment`, assignment, key)).status).toBe(200);
    expect((await post(`/projects/${id}/assignment`, assignment, { ...key, ...as('clerk') })).status).toBe(403);
    expect((await post(`/projects/${id}/assignment`, assignment, as('clerk'))).status).toBe(403);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  it('a clerk opens conferences in the own prefecture alone', async () => {
    expect((await post('/conferences', { ...CONFERENCE, id: 'clerk-1' }, as('clerk'))).status).toBe(201);
    const blank = { ...CONFERENCE, id: 'clerk-0', prefecture: '650200 ' };
    expect((await post('/conferences', blank, as('clerk'))).status).toBe(201);
    const elsewhere = { ...CONFERENCE, id: 'clerk-2', prefecture: '653200' };
    expect((await post('/conferences', elsewhere, as('clerk'))).status).toBe(403);
    expect(
      (await post('/conferences', { ...CONFERENCE, id: 'clerk-3', prefecture: undefined }, as('clerk'))).status,
    ).toBe(403);
  });
});

describe('Idempotency-Key', () => {
  it('gives one effect and one answer, one after the other and later', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const first = await post('/projects', PROPOSAL, key);
    await post(`/projects/${String(first.body.id)}/assignment`, { unit: '招商局' });
    const second = await post('/projects', PROPOSAL, key);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    expect(second.headers.get('etag')).toBe('"0"');
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  });

  it('gives one effect to many at once', async () => {
    const id = await newProject();
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        post(`/projects/${id}/suspension`, { occurredOn: '2024-04-01', reason: 'x' }, key),
      ),
    );
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    expect(await eventsOf(id)).toHaveLength(2);
  });

  it('is not used for another command', async () => {
    const id = await newProject();
    const key = { 'idempotency-key': randomUUID() };
    await post(`/projects/${id}/assignment`, { unit: 'A' }, key);
    const other = await post(`/projects/${id}/assignment`, { unit: 'B' }, key);
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  });

  it('counts within one project: the same key with another code makes another project', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const one = await post('/projects', { ...PROPOSAL, code: randomUUID() }, key);
    const other = await post('/projects', { ...PROPOSAL, code: randomUUID() }, key);
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(other.body.id).not.toBe(one.body.id);
  });

  it('gives one answer to a body that is not recorded as it was written', async () => {
    const id = await newProject();
    const key = { 'idempotency-key': randomUUID() };
    const first = await post(`/projects/${id}/assignment`, { unit: '招商局 ' }, key);
    const second = await post(`/projects/${id}/assignment`, { unit: '招商局 ' }, key);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect((await eventsOf(id)).slice(1)).toMatchObject([{ data: { unit: '招商局' } }]);
  });

  it.each(['x'.repeat(201), 'a b', 'schlüssel'])('refuses the key %s', async (key) => {
    const answer = await post('/projects', PROPOSAL, { 'idempotency-key': key });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
  });
});

describe('If-Match', () => {
  it('refuses a revision that has moved on, and what is no revision', async () => {
    const id = await newProject();
    const assignment = { unit: '招商局' };
    expect((await post(`/projects/${id}/assignment`, assignment, { 'if-match': '"0"' })).status).toBe(200);
    const late = await post(`/projects/${id}/assignment`, assignment, { 'if-match': '"0"' });
    expect(late).toMatchObject({ status: 412, body: { code: 'concurrency-conflict' } });
    expect((await post(`/projects/${id}/assignment`, assignment, { 'if-match': '*' })).status).toBe(200);
    const nowhere = await post(`/projects/${randomUUID()}/assignment`, assignment, { 'if-match': '"3"' });
    expect(nowhere).toMatchObject({ status: 404, body: { code: 'project-unknown' } });
    const created = await post('/projects', PROPOSAL, { 'if-match': '"3"' });
    expect(created).toMatchObject({
      status: 412,
      body: { detail: 'this does not exist yet, so it is not at revision 3' },
    });
    for (const header of ['1', 'W/"1"', '"01"', '"1", "2"', '"-1"']) {
      const answer = await post(`/projects/${id}/assignment`, assignment, { 'if-match': header });
      expect([header, answer.status]).toEqual([header, 400]);
    }
  });
});

describe('bad input', () => {
  const wrong: [string, object, [status: number, field: string, code: string]][] = [
    ['a missing field', { title: undefined }, [400, 'title', 'required']],
    ['a wrong type', { title: 7 }, [400, 'title', 'text']],
    ['a null', { code: null }, [400, 'code', 'text']],
    ['an unknown property', { actor: 'me' }, [400, 'actor', 'unknown-property']],
    ['one that all objects have', { toString: 'me' }, [400, 'toString', 'unknown-property']],
    [
      'one that all objects have, in another',
      { estimatedInvestment: { value: '1', constructor: 1 } },
      [400, 'estimatedInvestment.constructor', 'unknown-property'],
    ],
    ['a number for money', { estimatedInvestment: { value: 1.5 } }, [400, 'estimatedInvestment.value', 'text']],
    ['a text for an object', { estimatedInvestment: '1.5' }, [400, 'estimatedInvestment', 'object']],
    [
      'an unknown property within',
      { estimatedInvestment: { value: '1', sum: 1 } },
      [400, 'estimatedInvestment.sum', 'unknown-property'],
    ],
    [
      'three decimals',
      { estimatedInvestment: { value: '1.234' } },
      [422, 'estimatedInvestment.value', 'amount-invalid'],
    ],
    [
      'another currency',
      { estimatedInvestment: { value: '1', currency: 'EUR' } },
      [422, 'estimatedInvestment.currency', 'currency-unknown'],
    ],
    ['a date in the future', { occurredOn: '2999-01-01' }, [422, 'occurredOn', 'date-in-future']],
    ['a date that does not exist', { occurredOn: '2024-02-30' }, [422, 'occurredOn', 'date-invalid']],
    ['an unknown code', { prefecture: '999999' }, [422, 'prefecture', 'code-unknown']],
    ['an unknown conference', { conference: 'nowhere-2024' }, [422, 'conference', 'conference-unknown']],
    ['an unknown conference with a blank', { conference: 'nowhere-2024 ' }, [422, 'conference', 'conference-unknown']],
    ['a NUL', { title: 'a\u0000b' }, [422, 'title', 'text-malformed']],
    ['a lone surrogate', { title: 'a\ud800b' }, [422, 'title', 'text-malformed']],
    ['an endless title', { title: '长'.repeat(501) }, [422, 'title', 'text-too-long']],
  ];
  it.each(wrong)('names %s', async (_, over, [status, field, code]) => {
    const answer = await post('/projects', { ...PROPOSAL, ...over });
    expect([answer.status, answer.body.errors]).toEqual([status, [{ field, code, detail: expect.any(String) }]]);
  });

  it('an unknown conference hides no other fault, and no unknown project', async () => {
    const { body } = await post('/projects', { ...PROPOSAL, title: '', origin: 'x', conference: 'nope-x' });
    const errors = body.errors as { field: string }[];
    expect(errors.map(({ field }) => field).toSorted()).toEqual(['conference', 'origin', 'title']);
    const promotion = { occurredOn: '2024-01-01', conference: 'nope-x' };
    const unknown = await post(`/projects/${randomUUID()}/promotion`, promotion);
    expect(unknown).toMatchObject({ status: 404, body: { code: 'project-unknown' } });
    const elsewhere = { ...PROPOSAL, prefecture: '650100', conference: 'nope-x' };
    expect((await post('/projects', elsewhere, as('clerk'))).status).toBe(403);
  });

  it('names all wrong fields, in Chinese too', async () => {
    const body = { ...PROPOSAL, occurredOn: '2999-01-01', origin: 'x' };
    const { body: problem } = await post('/projects', body, { 'accept-language': 'zh-CN,zh;q=0.9,en;q=0.8' });
    const errors = problem.errors as { field: string; detail: string }[];
    expect(errors.map(({ field }) => field).sort()).toEqual(['occurredOn', 'origin']);
    expect(errors[0]?.detail).toMatch(/不能晚于今天/);
  });

  it('names an entry of a list', async () => {
    const id = await newProject();
    const evidence = [{ kind: 'a', reference: 'b' }, { kind: 'a' }];
    const answer = await post(`/projects/${id}/landing`, { occurredOn: '2024-04-01', legalEntity: 'x', evidence });
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'evidence[1].reference', code: 'required' }] },
    });
  });

  it('knows no such project, and what the state forbids', async () => {
    const landing = { occurredOn: '2024-04-01', legalEntity: 'x', evidence: [{ kind: 'a', reference: 'b' }] };
    expect((await post(`/projects/${randomUUID()}/landing`, landing)).status).toBe(404);
    expect((await post('/projects/nonsense/landing', landing)).status).toBe(404);
    expect((await post('/conferences/nowhere-2024/closing', { closedOn: '2024-05-13' })).status).toBe(404);
    const id = await newProject();
    expect(await post(`/projects/${id}/landing`, landing)).toMatchObject({
      status: 409,
      body: { code: 'stage-forbids' },
    });
    await newProject({ code: 'TWICE' });
    for (const code of ['TWICE', 'TWICE ', 'ＴＷＩＣＥ']) {
      expect([code, (await post('/projects', { ...PROPOSAL, code })).status]).toEqual([code, 409]);
    }
  });

  it.each([
    ['malformed JSON', '{"title"', 400],
    ['a prototype', '{"__proto__":{"title":"x"}}', 400],
    ['a list', [PROPOSAL], 400],
    ['nothing', '', 400],
    ['fifty kilobytes of evidence', { ...PROPOSAL, title: 'x'.repeat(2 ** 20) }, 413],
  ])('refuses %s', async (_, body, status) => {
    expect((await post('/projects', body)).status).toBe(status);
  });

  it('has recorded nothing of all that', async () => {
    const before = await store.head();
    await post('/projects', { ...PROPOSAL, prefecture: '999999' });
    expect(await store.head()).toBe(before);
  });
});
