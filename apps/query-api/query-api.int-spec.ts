import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore } from '../../libs/event-store/event-store';
import { createPool } from '../../libs/postgres/pool';
import { ConferencePage } from '../../libs/read-models/conferences.read-model';
import { FunnelGroup } from '../../libs/read-models/funnel.read-model';
import { MatrixCell } from '../../libs/read-models/matrix.read-model';
import { ProjectDetail, ProjectPage } from '../../libs/read-models/projects.query';
import { Recorded, startWholeApi, WholeApi } from '../../test/support/whole-api';
import { History } from './history';
import { Reading } from './reading';

const CNY = (value: string, bound = 'exact') => ({ value, currency: 'CNY', bound });
let api: WholeApi;
let landed: Recorded;
let last: string;

/** One conference; three projects signed there (Shanghai in its pair, Beijing and Shanxi outside), one of them landed. */
beforeAll(async () => {
  api = await startWholeApi();
  await api.post('/conferences', {
    id: 'karamay-2024',
    name: '推介会',
    place: '克拉玛依',
    opensOn: '2024-05-13',
    closesOn: '2024-05-13',
    organisers: ['商务厅'],
    prefecture: '650200',
  });
  landed = await propose({ code: 'A-1', title: '光伏', investor: '甲公司', origin: '310000', cluster: 'oil-gas' });
  await api.post(`/projects/${landed.id}/investment-signing`, signing('80000000'));
  await api.post(`/projects/${landed.id}/landing`, {
    occurredOn: '2024-07-01',
    legalEntity: '甲（克拉玛依）公司',
    evidence: [{ kind: '营业执照', reference: '91650200' }],
  });
  await api.post(`/projects/${landed.id}/corrections`, {
    milestone: 'landed',
    correctedOn: '2024-06-20',
    reason: '以执照日期为准',
  });
  const intent = await propose({ code: 'A-2', title: '风电', investor: '乙公司', origin: '110000' });
  const amount = CNY('120000000', 'at-least');
  await api.post(`/projects/${intent.id}/intent-signing`, { ...signing('1'), agreement: 'framework', amount });
  const other = await propose({ code: 'A-3', title: '=cmd()', investor: '丙公司', origin: '140000' });
  last = (await api.post(`/projects/${other.id}/investment-signing`, signing('20000000.50'))).position;
});

afterAll(() => api.stop());

test('a command can be read back at once with after=, again and again', async () => {
  for (let round = 0; round < 20; round += 1) {
    const recorded = await propose({ code: `ryw-${round}`, prefecture: '650400' });
    const { status, body } = await api.get<ProjectDetail>(`/projects/${recorded.id}?after=${recorded.position}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ code: `ryw-${round}`, revision: 0, position: recorded.position });
  }
});

test('one project: state, milestones, its revision as ETag', async () => {
  const path = `/projects/${landed.id}?after=${last}`;
  const { body, headers } = await api.get<ProjectDetail>(path);
  expect(body).toMatchObject({
    stage: 'landed',
    committed: CNY('80000000.00'),
    dates: { landed: '2024-06-20' },
    state: { stage: 'landed', legalEntity: '甲（克拉玛依）公司' },
  });
  expect(body.milestones.filter(({ milestone }) => milestone === 'landed')).toHaveLength(2);
  expect(headers.get('etag')).toBe('"3"');
});

test('the ETag of a project is for commands: who knows it is sent the project all the same, for its days count on', async () => {
  const { id, position } = await propose({ code: 'days', prefecture: '650400' });
  const path = `/projects/${id}?after=${position}`;
  const dayOf = (day: string) => jest.spyOn(Reading.prototype, 'today').mockReturnValue(day);
  const today = dayOf('2024-03-02');
  try {
    const first = await api.get<ProjectDetail>(path);
    expect(first.body.daysInStage).toBe(1);
    dayOf('2024-03-03');
    for (const known of ['"0"', 'W/"0"', '*']) {
      const next = await api.get<ProjectDetail>(path, { 'if-none-match': known });
      expect([known, next.status, next.body.daysInStage]).toEqual([known, 200, 2]);
    }
    expect(first.headers.get('cache-control')).toBe('no-store');
    const ifMatch = { 'if-match': first.headers.get('etag')! };
    const assigned = await api.post(`/projects/${id}/assignment`, { unit: '商务局' }, ifMatch);
    expect(assigned.revision).toBe(1);
  } finally {
    today.mockRestore();
  }
});

test('an answer that has not changed is not sent again', async () => {
  const first = await api.get(`/funnel?after=${last}`);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).toMatch(/^W\/".+"$/);
  expect((await api.get('/funnel', { 'if-none-match': etag })).status).toBe(304);
  const { position } = await propose({ code: 'etag', prefecture: '650400' });
  expect((await api.get(`/funnel?after=${position}`, { 'if-none-match': etag })).status).toBe(200);
});

test('the board: filters, sort, total', async () => {
  const page = await api.get<ProjectPage>(`/projects?conference=karamay-2024&sort=-committed&after=${last}`);
  expect(page.body.items.map(({ code }) => code)).toEqual(['A-2', 'A-1', 'A-3']);
  expect(page.body).toMatchObject({ total: 3, next: null });
  for (const [query, codes] of [
    ['stage=landed', ['A-1']],
    ['agreement=framework', ['A-2']],
    ['paired=true', ['A-1']],
    ['origin=140000&paired=false', ['A-3']],
    ['cluster=oil-gas', ['A-1']],
    [`q=${encodeURIComponent('乙公')}`, ['A-2']],
    ['signedFrom=2024-05-13&signedTo=2024-05-13&sort=title', ['A-3', 'A-2', 'A-1']],
    ['signedFrom=2024-05-14', []],
  ] as const) {
    const { body } = await api.get<ProjectPage>(`/projects?conference=karamay-2024&${query}`);
    expect([query, body.items.map(({ code }) => code).toSorted()]).toEqual([query, codes.toSorted()]);
  }
});

test('in the default order all are shown once, though projects are added and changed between pages', async () => {
  const before = await Promise.all(Array.from({ length: 30 }, (_, index) => propose(page(`page-${index}`))));
  let newest = before.map(({ position }) => position).toSorted((a, b) => Number(b) - Number(a))[0];
  const seen: string[] = [];
  let cursor = '';
  let added = 0;
  for (;;) {
    const path = `/projects?prefecture=653000&limit=7&after=${newest}${cursor && `&cursor=${cursor}`}`;
    const { body } = await api.get<ProjectPage>(path);
    seen.push(...body.items.map(({ title }) => title));
    if (body.next === null) break;
    cursor = encodeURIComponent(body.next);
    await propose(page(`page-${added}-later`));
    const unseen = before.find((_, index) => !seen.includes(`page-${index}`));
    newest = (await api.post(`/projects/${unseen?.id}/assignment`, { unit: '商务局' })).position;
    added += 1;
  }
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((title) => !title.endsWith('later')).toSorted()).toEqual(
    before.map((_, index) => `page-${index}`).toSorted(),
  );
  expect(seen).toEqual(seen.toSorted());
  expect(added).toBeGreaterThan(3);
});

test('history from the event store: who, when, what was corrected, and that the chain holds', async () => {
  const { body, headers } = await api.get<History>(`/projects/${landed.id}/history`);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('etag')).toBeNull();
  expect(body.items.map(({ type }) => type)).toEqual([
    'ProjectProposed',
    'InvestmentSigned',
    'ProjectLanded',
    'MilestoneCorrected',
  ]);
  expect(body.chain).toMatchObject({ verified: true, head: body.items[3]?.hash, faults: [] });
  expect(body.items[2]).toMatchObject({
    occurredOn: '2024-07-01',
    correctedBy: [3],
    recordedBy: { subject: 'local', role: 'administrator' },
    verified: true,
  });
  expect(body.items[3]).toMatchObject({
    previousHash: body.items[2]?.hash,
    corrects: {
      revision: 2,
      milestone: 'landed',
      before: { occurredOn: '2024-07-01' },
      after: { occurredOn: '2024-06-20' },
      reason: '以执照日期为准',
    },
  });
});

test('history says which event was altered behind the back of the system', async () => {
  const { id, position } = await propose({ code: 'tampered', prefecture: '650400' });
  const signed = await api.post(`/projects/${id}/investment-signing`, { occurredOn: '2024-06-01', amount: CNY('10') });
  // A projector that finds the first event gone would park the project, which is another story.
  await api.get(`/projects?limit=1&after=${signed.position}`);
  await tamper(
    `UPDATE event_store.events SET data = jsonb_set(data, '{investor}', '"他公司"') WHERE position = ${position}`,
  );
  const { body } = await api.get<History>(`/projects/${id}/history`);
  expect(body.chain).toMatchObject({ verified: false, faults: [{ revision: 0, faults: ['altered'] }] });
  expect(body.items.map(({ verified }) => verified)).toEqual([false, true]);
  await tamper(`DELETE FROM event_store.events WHERE position = ${position}`);
  const missing = await api.get<History>(`/projects/${id}/history`);
  expect(missing.body.chain.faults).toEqual([{ revision: 1, faults: ['unchained', 'misplaced'] }]);
});

test('a conference: its page, the list, its history', async () => {
  const { body } = await api.get<ConferencePage>(`/conferences/karamay-2024?after=${last}`);
  expect(body).toMatchObject({
    pairs: 266,
    agreements: {
      investment: { firms: 2, projects: 2, amount: CNY('100000000.50') },
      intentAndFramework: { firms: 1, amount: CNY('120000000.00', 'at-least') },
      all: { firms: 3, amount: CNY('220000000.50', 'at-least') },
    },
    since: { landed: { projects: 1 } },
  });
  const list = await api.get('/conferences');
  expect(list.body).toMatchObject({ total: 1, items: [{ id: 'karamay-2024', signed: { firms: 3 } }] });
  const landedBy = async (query: string) => {
    const answer = await api.get<ConferencePage>(`/conferences/karamay-2024?${query}`);
    return [answer.body.agreements.all.projects, answer.body.since.landed.projects];
  };
  expect(await landedBy('validOn=2024-05-12')).toEqual([0, 0]);
  expect(await landedBy('validOn=2024-06-19')).toEqual([3, 0]);
  expect(await landedBy('validOn=2024-06-20')).toEqual([3, 1]);
  expect(await landedBy('knownAt=2024-06-30T00:00:00Z')).toEqual([0, 0]);
  const past = await api.get('/conferences?validOn=2024-05-12');
  expect(past.body).toMatchObject({ validOn: '2024-05-12', total: 1, items: [{ signed: { firms: 0 } }] });
  const history = await api.get<History>('/conferences/karamay-2024/history');
  expect(history.body).toMatchObject({
    total: 1,
    chain: { verified: true },
    items: [{ type: 'ConferenceOpened', occurredOn: '2024-05-13' }],
  });
});

test('funnels: by a dimension, of a cohort, as of a day', async () => {
  const conference = 'conference=karamay-2024';
  const { body } = await api.get<{ items: FunnelGroup[] }>(`/funnel?by=origin&${conference}&after=${last}`);
  expect(body).toMatchObject({
    by: 'origin',
    total: 3,
    items: [{ key: '110000' }, { key: '140000' }, { key: '310000' }],
  });
  const reached = async (query: string) => {
    const answer = await api.get<{ items: FunnelGroup[] }>(`/funnel?${conference}&${query}`);
    return answer.body.items[0]?.stages.find(({ stage }) => stage === 'landed')?.reached.projects;
  };
  expect(await reached('')).toBe(1);
  expect(await reached('validOn=2024-06-19')).toBe(0);
  expect(await reached('validOn=2024-06-20')).toBe(1);
  expect(await reached(`knownAt=${encodeURIComponent('2024-06-30T00:00:00+08:00')}`)).toBe(0);
});

test('the matrix holds every pair, the empty ones too', async () => {
  const { body } = await api.get<{ items: MatrixCell[]; sums: object }>(
    `/matrix?conference=karamay-2024&after=${last}`,
  );
  expect(body).toMatchObject({ total: 266 });
  expect(body.items).toHaveLength(266);
  const cell = (origin: string) => body.items.find((one) => one.origin === origin && one.prefecture === '650200');
  expect(cell('310000')).toMatchObject({ paired: true, all: { projects: 1, committed: CNY('80000000.00') } });
  expect(cell('110000')).toMatchObject({ paired: false, all: { projects: 1 }, investment: { projects: 0 } });
  expect(cell('120000')).toMatchObject({ paired: false, all: { projects: 0, committed: CNY('0.00') } });
  expect(body.sums).toMatchObject({
    insidePairing: { projects: 1 },
    outsidePairing: { projects: 2, committed: CNY('140000000.50', 'at-least') },
    all: { projects: 3 },
  });
});

test('exports: the same filters, formulas disarmed, a workbook that opens', async () => {
  const csv = await api.get<string>(`/exports/projects.csv?conference=karamay-2024&language=en&after=${last}`);
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="projects-\d{4}-\d\d-\d\d\.csv"$/);
  const lines = csv.body.trim().split('\r\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('Project code');
  expect(csv.body).toContain(',A-1,光伏,甲公司,Shanghai,');
  expect(csv.body).not.toMatch(/,=cmd/);
  const workbook = await fetch(`${api.url}/api/v1/exports/projects.xlsx?stage=landed`);
  expect(
    Buffer.from(await workbook.arrayBuffer())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK');
  const none = await api.get<string>('/exports/projects.csv?stage=operating');
  expect(none.body.trim().split('\r\n')).toHaveLength(1);
});

test('programme, status, and the page at the root', async () => {
  const all = await api.get<{ regions: object[]; partners: object[]; clusters: object[] }>('/programme');
  expect([all.body.regions.length, all.body.partners.length]).toEqual([14, 19]);
  const early = await api.get<{ clusters: object[] }>('/programme?validOn=2022-01-01');
  expect([early.body.clusters.length, all.body.clusters.length]).toEqual([0, 8]);
  const head = await api.server.app.get<EventStore>(EVENT_STORE).head();
  await api.get(`/projects?limit=1&after=${head}`);
  expect((await api.get('/status')).body).toMatchObject({
    eventStore: { head },
    readModels: { position: head, eventsBehind: 0, rebuilding: null },
    parked: { items: [], total: 0 },
  });
  const page = await fetch(api.url);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'sha256-/);
  expect(await page.text()).toContain('落地');
});

test('what does not exist is 404', async () => {
  for (const path of [
    '/projects/7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11',
    '/projects/nonsense',
    '/projects/7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11/history',
    '/conferences/nowhere-2024',
    '/conferences/x/history',
  ]) {
    expect([path, (await api.get(path)).status]).toEqual([path, 404]);
  }
});

test.each([
  ['/projects?colour=red', 'colour'],
  ['/projects?stage=finished', 'stage'],
  ['/projects?sort=price', 'sort'],
  ['/projects?limit=0', 'limit'],
  ['/projects?paired=maybe', 'paired'],
  ['/projects?signedFrom=2024-02-30', 'signedFrom'],
  ['/projects?prefecture=999999', 'prefecture'],
  ['/projects?signedFrom=2025-01-01&signedTo=2024-12-31', 'signedFrom'],
  ['/projects?toString=1', 'toString'],
  ['/projects?hasOwnProperty=1', 'hasOwnProperty'],
  ['/projects?cursor=AAAA', 'cursor'],
  ['/projects?q=%00', 'q'],
  ['/projects?after=yesterday', 'after'],
  ['/projects?after=999999999', 'after'],
  ['/projects/nonsense?limit=1', 'limit'],
  ['/funnel?by=colour', 'by'],
  ['/funnel?validOn=2024-13-01', 'validOn'],
  ['/funnel?knownAt=2024-05-13', 'knownAt'],
  ['/funnel?knownAt=2024-02-30T00:00:00Z', 'knownAt'],
  ['/funnel?signedFrom=2024-13', 'signedFrom'],
  ['/funnel?signedFrom=2024-02&signedTo=2024-01', 'signedFrom'],
  ['/matrix?constructor=1', 'constructor'],
  ['/matrix?origin=310000&origin=110000', 'origin'],
  ['/matrix?cluster=none', 'cluster'],
  ['/conferences?validOn=2024-02-30', 'validOn'],
  ['/conferences/karamay-2024?knownAt=2024-05-13', 'knownAt'],
  ['/conferences/karamay-2024/history?validOn=2024-05-13', 'validOn'],
  ['/programme?validOn=today', 'validOn'],
  ['/programme?after=0', 'after'],
  ['/status?verbose=true', 'verbose'],
  ['/exports/projects.csv?language=fr', 'language'],
  ['/exports/projects.xlsx?origin=000', 'origin'],
])('%s is 400 and names the parameter', async (path, field) => {
  const { status, body, headers } = await api.get(path);
  expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(body).toMatchObject({ status: 400, errors: [{ field }] });
});

test('every answer is described with an example', async () => {
  interface Operation {
    responses: Record<string, { content?: Record<string, { example?: unknown; schema?: Record<string, unknown> }> }>;
  }
  const response = await fetch(`${api.url}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, { get?: Operation }> };
  const queries = Object.entries(paths).flatMap(([path, { get }]) =>
    get && !path.startsWith('/api/v1/imports') ? [[path, get] as const] : [],
  );
  expect(queries.length).toBeGreaterThanOrEqual(13);
  for (const [path, { responses }] of queries) {
    const media = Object.entries(responses['200']?.content ?? {});
    expect([path, media.length]).not.toEqual([path, 0]);
    for (const [type, { example, schema }] of media) {
      const shown = schema?.format === 'binary' || (example ?? schema?.example) !== undefined;
      expect([path, type, shown]).toEqual([path, type, true]);
    }
  }
});

function propose(over: Record<string, unknown>): Promise<Recorded> {
  const basis = { occurredOn: '2024-03-01', title: '项目', investor: '某公司', origin: '310000', prefecture: '650200' };
  return api.post('/projects', { ...basis, ...over });
}

function page(title: string): Record<string, unknown> {
  return { code: title, title, prefecture: '653000' };
}

function signing(value: string): object {
  return { occurredOn: '2024-05-13', conference: 'karamay-2024', amount: CNY(value) };
}

/** What somebody with the keys of the database could do. */
async function tamper(sql: string): Promise<void> {
  const pool = createPool(api.databaseUrl, { max: 1 });
  await pool.query(
    `ALTER TABLE event_store.events DISABLE TRIGGER ALL; ${sql}; ALTER TABLE event_store.events ENABLE TRIGGER ALL`,
  );
  await pool.end();
}
