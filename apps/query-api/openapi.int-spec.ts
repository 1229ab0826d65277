import { Ajv2020, ErrorObject } from 'ajv/dist/2020';
import { setTimeout as pause } from 'node:timers/promises';
import { seal } from '../../libs/audit/hash-chain';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { EventStore } from '../../libs/event-store/event-store';
import { createPool } from '../../libs/postgres/pool';
import { startWholeApi, WholeApi } from '../../test/support/whole-api';

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: boolean;
}
interface Document {
  paths: Record<string, { get?: { responses: Record<string, { content?: Record<string, { schema: Schema }> }> } }>;
  components: { schemas: Record<string, Schema> };
}

const CNY = (value: string, bound = 'exact') => ({ value, currency: 'CNY', bound });
const PAST = 'validOn=2024-06-01&knownAt=2099-01-01T00:00:00Z';

let api: WholeApi;
let document: Document;
let ajv: Ajv2020;
/** Paths of the document that were asked here. */
const asked = new Set<string>();

beforeAll(async () => {
  api = await startWholeApi();
  document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
  const formats = { uuid: true, date: true, 'date-time': true } as const;
  ajv = new Ajv2020({ strict: false, allErrors: true, formats });
});

afterAll(() => api.stop());

test('the document is one', async () => {
  const { Validator } = await import('@seriousme/openapi-schema-validator');
  const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
  expect(result).toEqual(expect.objectContaining({ valid: true }));
  // OpenAPI 3.0 said it so; to readers of 3.1 it says nothing.
  expect(JSON.stringify(document)).not.toContain('"nullable"');
});

test('answers of an empty store are as described', async () => {
  while ((await api.get('/projects')).status === 503) await pause(50);
  await expectDescribed('/projects');
  await expectDescribedStatistics();
});

describe('of a store with projects in many states', () => {
  let ids: string[];

  beforeAll(async () => {
    ids = [await bare(), await ended(), await revoked(), await parked(), await tampered()];
    await conferences();
    const { position } = await api.post('/projects', proposal({ code: 'last' }));
    await api.get(`/projects?limit=1&after=${position}`);
  });

  test('statistics, conferences and what the system says of itself are as described', () =>
    expectDescribedStatistics());

  test('pages of the board are as described', async () => {
    for (const query of ['', '?limit=2', '?sort=-committed', '?q=nothing']) await expectDescribed('/projects', query);
  });

  test('projects and their histories are as described', async () => {
    for (const id of ids) {
      await expectDescribed('/projects/{id}', '', id);
      await expectDescribed('/projects/{id}/history', '', id);
    }
  });

  test('conferences and their histories are as described', async () => {
    for (const id of ['karamay-2024', 'urumqi-2025']) {
      await expectDescribed('/conferences/{id}', '', id);
      await expectDescribed('/conferences/{id}', `?${PAST}`, id);
      await expectDescribed('/conferences/{id}/history', '', id);
    }
  });

  test('imports and their rows are as described', async () => {
    const id = await handIn();
    await expectDescribed('/imports');
    await expectDescribed('/imports/{id}', '', id);
    await expectDescribed('/imports/{id}/rows', '', id);
    await expectDescribed('/imports/{id}/rows', '?limit=1', id);
  });
});

test('every query was asked that answers JSON about the data', () => {
  const queries = Object.entries(document.paths).filter(([path, { get }]) => get && path.startsWith('/api/v1'));
  const paths = queries.map(([path]) => path.replace('/api/v1', ''));
  expect(paths.filter((path) => !asked.has(path)).toSorted()).toEqual([
    '/exports/projects.csv',
    '/exports/projects.xlsx',
    '/imports/{id}/progress',
    '/imports/{id}/report',
  ]);
});

const JSON_TYPE = 'application/json';

/** Asks everything that is about no one thing. */
async function expectDescribedStatistics(): Promise<void> {
  for (const query of ['', ...FUNNELS.map((by) => `?by=${by}`), `?${PAST}`, `?by=conference&${PAST}`]) {
    await expectDescribed('/funnel', query);
  }
  for (const path of ['/matrix', '/conferences']) {
    await expectDescribed(path);
    await expectDescribed(path, `?${PAST}`);
  }
  await expectDescribed('/programme');
  await expectDescribed('/programme', '?validOn=2012-01-01');
  await expectDescribed('/status');
  await expectDescribed('/events', '?limit=1000');
  await expectDescribed('/events', '?limit=1');
}

const FUNNELS = ['conference', 'prefecture', 'origin', 'cluster', 'agreement', 'signedMonth', 'paired'];

/** The answer has nothing that its schema in the document does not tell of. */
async function expectDescribed(path: string, query = '', id = ''): Promise<void> {
  asked.add(path);
  const { status, body } = await api.get(path.replace('{id}', id) + query);
  expect([path, query, status]).toEqual([path, query, 200]);
  const schema = document.paths[`/api/v1${path}`]?.get?.responses['200']?.content?.[JSON_TYPE]?.schema;
  expect([path, schema]).not.toEqual([path, undefined]);
  const validate = ajv.compile(closed(schema ?? {}));
  validate(body);
  const errors = new Set((validate.errors ?? []).map(said));
  expect([path, query, [...errors]]).toEqual([path, query, []]);
}

function said({ instancePath, message, params }: ErrorObject): string {
  return `${instancePath.replace(/\d+/g, 'N')} ${message} ${JSON.stringify(params)}`;
}

/** The schema with nothing left open: no field that it does not name, and none of which it says nothing. */
function closed(schema: Schema): object {
  if (schema.$ref) return closed(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  const { properties, items, additionalProperties } = schema;
  if (!schema.type || schema.type === 'null') return { not: {} };
  if (!properties) return { ...schema, ...(items && { items: closed(items) }) };
  const fields = Object.entries(properties).map(([name, field]) => [name, closed(field)] as const);
  return { ...schema, properties: Object.fromEntries(fields), additionalProperties: additionalProperties ?? false };
}

/** Proposed, and nothing else known. */
async function bare(): Promise<string> {
  return (await api.post('/projects', proposal({}))).id;
}

/** Everything that can happen to a project, up to its end. */
async function ended(): Promise<string> {
  const conference = 'karamay-2024';
  await api.post('/conferences', {
    ...{ id: conference, name: '推介会', place: '克拉玛依', opensOn: '2024-05-13', closesOn: '2024-05-13' },
    ...{ organisers: ['商务厅'], prefecture: '650200' },
  });
  const more = { cluster: 'oil-gas', industry: '化工', responsibleUnit: '商务局', conference };
  const { id } = await api.post('/projects', proposal({ code: 'A-1', ...more, estimatedInvestment: CNY('900') }));
  const record = (fact: string, occurredOn: string, data: object = {}) =>
    api.post(
      `/projects/${id}/${fact}`,
      { occurredOn, ...data },
      { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` },
    );
  const evidence = [{ kind: '照片', reference: '1' }];
  const reason = '因故';
  await record('promotion', '2024-05-13', { conference, venue: '第三分会场' });
  await record('intent-signing', '2024-05-13', { agreement: 'framework', amount: CNY('800', 'at-least'), conference });
  await record('commitment-revision', '2024-05-14', { amount: CNY('810'), reason });
  await record('investment-signing', '2024-05-20', {
    ...{ amount: CNY('820'), conference, plannedStart: '2024-09-01', plannedCompletion: '2026-06-30' },
  });
  await record('commitment-revision', '2024-05-21', { amount: CNY('830'), reason });
  await record('landing', '2024-06-01', { legalEntity: '甲（克拉玛依）公司', evidence });
  await record('construction-start', '2024-07-01', { evidence });
  await record('funds', '2024-07-02', { amount: CNY('5'), evidence });
  await record('operation', '2024-10-01', { evidence });
  await record('investor-change', '2024-10-02', { investor: '乙公司', reason });
  await record('assignment', '2024-10-03', { unit: '发改委', person: '王芳' });
  await record('suspension', '2024-10-04', { reason });
  await record('resumption', '2024-10-05', { reason });
  await record('termination', '2024-10-06', { reason });
  for (const correction of [{ correctedOn: '2024-07-03' }, { correctedAmount: CNY('6') }]) {
    await record('corrections', '2024-10-07', { milestone: 'funds-received', ...correction, reason });
  }
  return id;
}

/** Landed, which was revoked, and suspended now. */
async function revoked(): Promise<string> {
  const { id } = await api.post('/projects', proposal({ code: 'A-2' }));
  const evidence = [{ kind: '执照', reference: '1' }];
  const reason = '因故';
  await api.post(`/projects/${id}/investment-signing`, { occurredOn: '2024-05-13', amount: CNY('1') });
  await api.post(`/projects/${id}/landing`, { occurredOn: '2024-06-01', legalEntity: '丙公司', evidence });
  await api.post(`/projects/${id}/revocations`, { milestone: 'landed', reason });
  await api.post(`/projects/${id}/suspension`, { occurredOn: '2024-06-02', reason });
  return id;
}

/** With an event that no projector knows. */
async function parked(): Promise<string> {
  const { id } = await api.post('/projects', proposal({ code: 'A-3' }));
  const store = api.server.app.get<EventStore>(EVENT_STORE);
  const stream = `project-${id}`;
  const [first] = await Array.fromAsync(store.readStream(stream));
  const { previousHash, hash, ...metadata } = first!.metadata;
  expect(previousHash).not.toBe(hash);
  const teleported = { type: 'ProjectTeleported', data: {}, metadata: { ...metadata, eventId: 'e', commandId: 'c' } };
  const events = seal([teleported], { stream, revision: 0, hash });
  await store.append({ stream, expectedRevision: 0, events });
  return id;
}

/** Altered by somebody with the keys of the database. */
async function tampered(): Promise<string> {
  const { id, position } = await api.post('/projects', proposal({ code: 'A-4' }));
  await api.get(`/projects?limit=1&after=${position}`);
  const pool = createPool(api.databaseUrl, { max: 1 });
  await pool.query(
    `ALTER TABLE event_store.events DISABLE TRIGGER ALL;
     UPDATE event_store.events SET data = jsonb_set(data, '{investor}', '"他公司"') WHERE position = ${position};
     ALTER TABLE event_store.events ENABLE TRIGGER ALL`,
  );
  await pool.end();
  return id;
}

/** One with rooms that was closed, and one that is only announced. */
async function conferences(): Promise<void> {
  const room = { name: '第三分会场', partners: ['140000'], regions: ['650100'] };
  await api.post('/conferences/karamay-2024/sub-venues', room);
  await api.post('/conferences/karamay-2024/closing', { closedOn: '2024-05-14' });
  await api.post('/conferences', {
    ...{ id: 'urumqi-2025', name: '推介会', place: '乌鲁木齐', opensOn: '2025-05-13', closesOn: '2025-05-13' },
    organisers: ['商务厅'],
  });
}

/** A ledger from the past, with a row of every outcome. */
async function handIn(): Promise<string> {
  const header = '项目编号,项目名称,投资企业,来源省市,落地地州,谋划日期,签约日期,协议类型,签约金额(元)';
  const rows = [
    'B-1,风电,某公司,上海,克拉玛依市,2024-05-01,2024-05-13,投资协议,520',
    'B-2,风电,,,,,,,',
    'A-2,另名,,,,,,,',
  ];
  const form = new FormData();
  form.set('file', new Blob([[header, ...rows].join('\n')]), '台账.csv');
  form.set('recordedAt', '2024-06-01T00:00:00Z');
  form.set('source', '旧台账');
  form.set('dryRun', 'false');
  const response = await fetch(`${api.url}/api/v1/imports`, { method: 'POST', body: form });
  const { id } = (await response.json()) as { id: string };
  for (;;) {
    const { body } = await api.get<{ status: string }>(`/imports/${id}`);
    if (!['queued', 'running'].includes(body.status)) return id;
    await pause(50);
  }
}

function proposal(over: object): object {
  const basis = { occurredOn: '2024-03-01', title: '项目', investor: '某公司', origin: '310000', prefecture: '650200' };
  return { ...basis, ...over };
}
