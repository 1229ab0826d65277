import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { addDays } from '../../test/support/random-projects';
import { ACTOR, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { conferenceDecider } from '../conference/decider';
import { CommandHandler } from '../event-store/command-handler';
import { Agreement } from '../project/events';
import { findConference, listConferences } from './conferences.read-model';
import { queryFunnel } from './funnel.read-model';
import { queryMatrix } from './matrix.read-model';
import { listMilestones } from './milestones.query';
import { project } from './projector';
import {
  findProject,
  InvalidCursor,
  listProjects,
  PROJECT_SORTS,
  ProjectListQuery,
  ProjectView,
} from './projects.query';
import { Visibility } from './wait-for';

let ground: Ground;
let recorder: Recorder;
let visibility: Visibility;
const aborting = new AbortController();
let done: Promise<void>;
const ids: string[] = [];
const DAY = '2024-05-13';

/** The seed conference of METRICS: 63 firms with investment agreements of exactly 51.8 billion, 66 others of over 120. */
beforeAll(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  visibility = new Visibility(ground.url, ground.pool, ground.store);
  const handler = new CommandHandler(ground.store, conferenceDecider, PROGRAMME);
  const opening = {
    name: '克拉玛依推介会',
    place: '克拉玛依',
    opensOn: DAY,
    closesOn: DAY,
    organisers: ['自治区', '兵团'],
  };
  const subVenues = [{ name: '一分会场', partners: ['310000'], regions: ['650200'] }];
  for (const [id, data] of [
    ['karamay-2024', { ...opening, prefecture: '650200', subVenues }],
    ['kashgar-2024', { ...opening, opensOn: '2024-06-01', closesOn: '2024-06-02', name: '喀什推介会', place: '喀什' }],
  ] as const) {
    await handler.handle({
      stream: `conference-${id}`,
      commands: [{ type: 'OpenConference', data: data }],
      actor: ACTOR,
      commandId: id,
    });
  }
  for (let serial = 0; serial < 129; serial += 1) ids.push(await sign(serial));
  done = project({ pool: ground.projections, store: ground.store, programme: PROGRAMME }, aborting.signal);
  await visible();
});

afterAll(async () => {
  aborting.abort();
  await done;
  await visibility.close();
  await ground.close();
});

const visible = async () => visibility.waitFor((await ground.store.head())!, 60_000);
const yuan = (value: string, bound: 'exact' | 'at-least' = 'exact') => ({ value, currency: 'CNY', bound });
const ORIGINS = ['310000', '110000', '140000'];
const context = {
  currency: 'CNY',
  pairsOn: (day: string) => PROGRAMME.partnersOn(day).length * PROGRAMME.regionsOn(day).length,
};

async function sign(serial: number): Promise<string> {
  const id = randomUUID();
  const prefecture = serial < 20 ? '650200' : '653100';
  const origin = ORIGINS[serial % 3]!;
  const data = {
    occurredOn: addDays('2024-04-01', serial % 7),
    title: `项目 ${serial % 50}`,
    investor: `企业 ${serial}`,
    origin,
    prefecture,
  };
  await recorder.record(id, { type: 'Propose', data: { ...data, ...(serial % 2 && { code: `K-${serial}` }) } });
  const signing = { occurredOn: DAY, conference: 'karamay-2024' };
  if (serial < 63) {
    const amount = yuan(serial < 62 ? '800000000.01' : '2199999999.38');
    await recorder.record(id, { type: 'SignInvestment', data: { ...signing, amount } });
  } else {
    const agreement = serial % 2 ? 'intent' : 'framework';
    const amount = yuan(serial < 128 ? '1800000000.00' : '3000000000.00', serial === 128 ? 'at-least' : 'exact');
    await recorder.record(id, { type: 'SignIntent', data: { ...signing, agreement, amount } });
  }
  return id;
}

test('the page of the seed conference shows exactly its published figures', async () => {
  const page = (await findConference(ground.pool, 'karamay-2024', context))!;
  expect(page).toMatchObject({
    id: 'karamay-2024',
    opensOn: DAY,
    closedOn: null,
    organisers: ['自治区', '兵团'],
    prefecture: '650200',
    subVenues: [{ name: '一分会场', partners: ['310000'], regions: ['650200'] }],
    pairs: 266,
    signed: { firms: 129, projects: 129, amount: yuan('171800000000.00', 'at-least') },
    prefectures: [
      { prefecture: '653100', projects: 109 },
      { prefecture: '650200', projects: 20 },
    ],
  });
  expect(page.agreements).toEqual({
    investment: { firms: 63, projects: 63, amount: yuan('51800000000.00') },
    intent: { firms: 33, projects: 33, amount: yuan('59400000000.00') },
    framework: { firms: 33, projects: 33, amount: yuan('60600000000.00', 'at-least') },
    intentAndFramework: { firms: 66, projects: 66, amount: yuan('120000000000.00', 'at-least') },
    all: { firms: 129, projects: 129, amount: yuan('171800000000.00', 'at-least') },
  });
  expect(page.since).toMatchObject({ landed: { projects: 0, committed: yuan('0.00') }, fundsReceived: yuan('0.00') });
  // What was recorded by now and had happened by then is the same; the day before, nothing was signed.
  for (const asOf of [{ validOn: DAY }, { knownAt: '2999-01-01T00:00:00Z' }, { validOn: DAY, knownAt: '2999-01-01' }]) {
    expect(await findConference(ground.pool, 'karamay-2024', context, asOf)).toEqual(page);
  }
  const dayBefore = (await findConference(ground.pool, 'karamay-2024', context, { validOn: '2024-05-12' }))!;
  expect(dayBefore.agreements.all).toEqual({ firms: 0, projects: 0, amount: yuan('0.00') });
  expect([dayBefore.prefectures, dayBefore.since.fundsReceived]).toEqual([[], yuan('0.00')]);
  expect(await findConference(ground.pool, 'nowhere-2024', context)).toBeUndefined();
  expect(
    (await listConferences(ground.pool, 'CNY')).map(({ id, signed }) => [id, signed.firms, signed.amount.value]),
  ).toEqual([
    ['kashgar-2024', 0, '0.00'],
    ['karamay-2024', 129, '171800000000.00'],
  ]);
  const before = await listConferences(ground.pool, 'CNY', { validOn: '2024-05-12' });
  expect(before.map(({ signed }) => signed.projects)).toEqual([0, 0]);
});

test('the board pages through everything once, in every order', async () => {
  for (const sort of PROJECT_SORTS) {
    for (const descending of [false, true]) {
      const seen = await pages({ sort, descending, limit: 23 });
      expect(new Set(seen.map(({ id }) => id)).size).toBe(129);
      const [whole] = [await listProjects(ground.pool, { sort, descending, limit: 1000, today: DAY })];
      expect(seen.map(({ id }) => id)).toEqual(whole.items.map(({ id }) => id));
      expect(whole.total).toBe(129);
      expect(whole.next).toBeNull();
    }
  }
});

async function pages(query: Omit<ProjectListQuery, 'today'>): Promise<ProjectView[]> {
  const items: ProjectView[] = [];
  let cursor: string | undefined;
  do {
    const page = await listProjects(ground.pool, { ...query, cursor, today: DAY });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor);
  return items;
}

test('the board orders by the value of each sort', async () => {
  const values = async (
    sort: ProjectListQuery['sort'],
    of: (item: ProjectView) => string | undefined,
    descending = false,
  ) => (await pages({ sort, descending, limit: 50 })).map(of);
  const sorted = (list: (string | undefined)[]) => list.toSorted((a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0));
  const titles = await values('title', ({ title }) => title);
  expect(titles).toEqual(sorted(titles));
  const days = await values('stageSince', ({ stageSince }) => stageSince, true);
  expect(days).toEqual(sorted(days).reverse());
  const amounts = await values('committed', ({ committed }) => committed?.value.padStart(20, '0'), true);
  expect(amounts).toEqual(sorted(amounts).reverse());
  const latest = await values('lastActivityAt', ({ lastActivityAt }) => lastActivityAt, true);
  expect(latest).toEqual(sorted(latest).reverse());
  const codes = (await listProjects(ground.pool, { limit: 1000, today: DAY })).items.map(({ code }) => code ?? '');
  expect(codes).toEqual(sorted(codes));
});

test.each<[string, ProjectListQuery['filter'], number]>([
  ['stage', { stage: 'investment-signed' }, 63],
  ['status', { status: 'terminated' }, 0],
  ['conference', { conference: 'karamay-2024' }, 129],
  ['another conference', { conference: 'kashgar-2024' }, 0],
  ['prefecture', { prefecture: '650200' }, 20],
  ['origin', { origin: '310000' }, 43],
  ['cluster', { cluster: 'coal' }, 0],
  ['agreement', { agreement: 'framework' }, 33],
  ['several', { prefecture: '650200', origin: '310000' }, 7],
  ['pairing', { paired: true, origin: '310000' }, 43],
  ['part of the title', { q: '目 49' }, 2],
  ['part of the code, in small letters', { q: 'k-12' }, 4],
  ['part of the investor', { q: '企业 128' }, 1],
  ['what LIKE would take for a pattern', { q: '%' }, 0],
  ['days of signing', { signedFrom: DAY, signedTo: DAY }, 129],
  ['days before the signing', { signedTo: '2024-05-12' }, 0],
])('the board is filtered by %s', async (_, filter, expected) => {
  expect((await listProjects(ground.pool, { filter, today: DAY, limit: 5 })).total).toBe(expected);
  expect(await pages({ filter, limit: 50 })).toHaveLength(expected);
});

test('whatever is no cursor is refused', async () => {
  const { next } = await listProjects(ground.pool, { sort: 'title', limit: 1, today: DAY });
  const parts = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  await fc.assert(
    fc.asyncProperty(parts, async (cursor) => {
      await expect(listProjects(ground.pool, { cursor, today: DAY })).rejects.toThrow(InvalidCursor);
    }),
  );
  await expect(listProjects(ground.pool, { sort: 'committed', cursor: next!, today: DAY })).rejects.toThrow(
    InvalidCursor,
  );
  const forged = Buffer.from(JSON.stringify(['lastActivityAt', true, 'x', ids[0]])).toString('base64url');
  const latest = { sort: 'lastActivityAt', descending: true } as const;
  await expect(listProjects(ground.pool, { ...latest, cursor: forged, today: DAY })).rejects.toThrow(InvalidCursor);
});

test('the matrix has every pair of the programme and every cell with projects, inside and outside of pairs', async () => {
  const axes = {
    origins: PROGRAMME.partnersOn(DAY).map(({ code }) => code),
    prefectures: PROGRAMME.regionsOn(DAY).map(({ code }) => code),
    isPaired: (origin: string, prefecture: string) => PROGRAMME.isPaired(origin, prefecture, DAY),
    currency: 'CNY',
  };
  const matrix = await queryMatrix(ground.pool, {}, axes);
  expect(matrix.cells.filter(({ paired }) => paired)).toHaveLength(21);
  expect(matrix.cells.filter(({ all }) => all.projects > 0)).toHaveLength(6);
  const shanghai = matrix.cells.find(({ origin, prefecture }) => origin === '310000' && prefecture === '650200')!;
  expect(shanghai).toMatchObject({
    paired: true,
    all: { projects: 7 },
    investment: { projects: 7, committed: yuan('5600000000.07') },
  });
  expect(matrix.insidePairing.projects + matrix.outsidePairing.projects).toBe(129);
  expect(matrix.insidePairing.projects).toBe(43);
  expect(matrix.total.committed).toEqual(yuan('171800000000.00', 'at-least'));
  const narrow = await queryMatrix(ground.pool, {}, { ...axes, origins: ['310000'], prefectures: [] });
  expect(narrow.origins).toEqual(['310000', '110000', '140000']);
  expect(narrow.prefectures).toEqual(['650200', '653100']);
});

test('the funnel is split and filtered, and has a group also when nothing matches', async () => {
  const [all] = await queryFunnel(ground.pool, { filter: { signedFrom: '2024-05', signedTo: '2024-05' } }, 'CNY');
  expect(all!.stages.map(({ stage, reached }) => [stage, reached.projects])).toEqual([
    ['proposed', 129],
    ['promoted', 129],
    ['intent-signed', 129],
    ['investment-signed', 63],
    ['landed', 0],
    ['operating', 0],
  ]);
  const by = await queryFunnel(ground.pool, { by: 'agreement' }, 'CNY');
  expect(by.map(({ key, total }) => [key, total.projects])).toEqual([
    ['framework', 33],
    ['intent', 33],
    ['investment', 63],
  ] satisfies [Agreement, number][]);
  const [none, ...more] = await queryFunnel(ground.pool, { filter: { origin: '999999' } }, 'CNY');
  expect([none!.total.projects, none!.total.committed.value, more]).toEqual([0, '0.00', []]);
});

test('a project that comes while somebody turns pages moves no other into view twice, or out of it', async () => {
  const query = { sort: 'title', limit: 40, today: DAY } as const;
  const first = await listProjects(ground.pool, query);
  const early = { ...first.items[0]!, occurredOn: '2024-05-20' };
  const { origin, prefecture, investor, occurredOn } = early;
  const added = [`${first.items[0]!.title} `, '项目 99'].map((title) => ({
    title,
    origin,
    prefecture,
    investor,
    occurredOn,
  }));
  for (const data of added) await recorder.record(randomUUID(), { type: 'Propose', data });
  await visible();
  const rest = [];
  for (let cursor = first.next; cursor;) {
    const page = await listProjects(ground.pool, { ...query, cursor });
    rest.push(...page.items);
    cursor = page.next;
  }
  const seen = [...first.items, ...rest].map(({ id }) => id);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(ids));
  expect(seen).toHaveLength(130);
});

describe('one project', () => {
  test('shows its history, and the conference page what has become of it since', async () => {
    const [id, other] = [ids[100]!, ids[0]!];
    await recorder.record(id, {
      type: 'SignInvestment',
      data: { occurredOn: '2024-06-01', amount: yuan('2000000000') },
    });
    await recorder.record(id, {
      type: 'CorrectMilestone',
      data: { milestone: 'investment-signed', revision: 2, correctedOn: '2024-06-02', reason: '日期有误' },
    });
    await recorder.record(other, { type: 'StartConstruction', data: { occurredOn: '2024-06-01' } });
    await recorder.record(other, { type: 'ReceiveFunds', data: { occurredOn: '2024-06-03', amount: yuan('12.50') } });
    await recorder.record(other, { type: 'Suspend', data: { occurredOn: '2024-06-05', reason: '缺料' } });
    await visible();
    const detail = (await findProject(ground.pool, id, '2024-06-12'))!;
    expect(detail).toMatchObject({
      stage: 'investment-signed',
      stageSince: '2024-06-02',
      daysInStage: 10,
      agreement: 'investment',
      committed: yuan('2000000000.00'),
      firstSigning: { on: DAY, conference: 'karamay-2024', agreement: 'framework', amount: yuan('1800000000.00') },
      revision: 3,
      lastEvent: 'MilestoneCorrected',
      parked: null,
    });
    expect(
      detail.milestones.map(({ milestone, occurredOn, supersededAt }) => [
        milestone,
        occurredOn,
        supersededAt !== null,
      ]),
    ).toEqual([
      ['proposed', '2024-04-03', false],
      ['intent-signed', DAY, false],
      ['investment-signed', '2024-06-01', true],
      ['investment-signed', '2024-06-02', false],
    ]);
    const asOf = { validOn: '2024-12-31', knownAt: detail.milestones[2]!.recordedAt };
    expect((await listMilestones(ground.pool, id, asOf)).map(({ revision }) => revision)).toEqual([0, 1, 2]);
    const page = (await findConference(ground.pool, 'karamay-2024', context))!;
    expect(page.agreements.investment.projects).toBe(63);
    expect(page.since).toMatchObject({
      upgraded: { projects: 1, committed: yuan('2000000000.00') },
      underConstruction: { projects: 1, committed: yuan('800000000.01') },
      suspended: { projects: 1 },
      fundsReceived: yuan('12.50'),
    });
    expect(await findProject(ground.pool, randomUUID(), DAY)).toBeUndefined();
  });

  test('keeps its place when its investor changes: as many firms signed, and the board names the new one', async () => {
    const figures = async () => {
      const { signed, agreements } = (await findConference(ground.pool, 'karamay-2024', context))!;
      return { signed, agreements };
    };
    const before = await figures();
    const heir = (await findProject(ground.pool, ids[1]!, DAY))!.investor;
    const data = { occurredOn: '2024-07-01', investor: heir, reason: '股权转让' };
    await recorder.record(ids[2]!, { type: 'ChangeInvestor', data });
    await visible();
    expect(await figures()).toEqual(before);
    const project = await findProject(ground.pool, ids[2]!, DAY);
    expect(project).toMatchObject({ investor: heir, firstSigning: { investor: '企业 2' }, origin: ORIGINS[2] });
  });

  test('whose funds are a lower bound makes a lower bound of every sum that holds them, and of no other', async () => {
    const amount = yuan('300000000', 'at-least');
    await recorder.record(ids[1]!, { type: 'ReceiveFunds', data: { occurredOn: '2024-06-10', amount } });
    await visible();
    const received = yuan('300000000.00', 'at-least');
    expect((await findProject(ground.pool, ids[1]!, DAY))!.fundsReceived).toEqual(received);
    const [board] = (
      await listProjects(ground.pool, { filter: { q: '企业 1' }, sort: 'title', today: DAY })
    ).items.filter(({ id }) => id === ids[1]);
    expect(board!.fundsReceived).toEqual(received);
    const page = (await findConference(ground.pool, 'karamay-2024', context))!;
    expect(page.since.fundsReceived.bound).toBe('at-least');
    const axes = { origins: ORIGINS, prefectures: ['650200'], isPaired: () => true, currency: 'CNY' };
    for (const asOf of [{}, { validOn: '2024-06-10' }]) {
      const funnels = await queryFunnel(ground.pool, { ...asOf, by: 'origin' }, 'CNY');
      const bounds = Object.fromEntries(funnels.map(({ key, total }) => [key, total.fundsReceived.bound]));
      expect(bounds).toEqual({ '110000': 'at-least', '140000': 'exact', '310000': 'exact' });
      const { cells } = await queryMatrix(ground.pool, asOf, axes);
      const cell = cells.find(({ origin, prefecture }) => origin === '110000' && prefecture === '650200');
      expect(cell!.all.fundsReceived).toEqual(received);
    }
    const [before] = await queryFunnel(ground.pool, { validOn: '2024-06-09' }, 'CNY');
    expect(before!.total.fundsReceived.bound).toBe('exact');
    const { rows } = await ground.pool.query(
      `SELECT origin, sum(funds_at_least)::int AS n FROM reporting.matrix GROUP BY 1 HAVING sum(funds_at_least) > 0`,
    );
    expect(rows).toEqual([{ origin: '110000', n: 1 }]);
  });
});
