import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '../../test/support/database';
import { Actor, GENESIS, seal } from '../audit/hash-chain';
import { conferenceDecider } from '../conference/decider';
import { CommandHandler } from '../event-store/command-handler';
import { AppendInDoubt, AppendRequest, EventStore, RecordedEvent } from '../event-store/event-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { projectId } from '../programme/project-id';
import { projectDecider } from '../project/decider';
import { importLedger, ImportProgress, ImportReport, RowResult } from './import-ledger';
import { ImportOptions } from './import-options';

const ACTOR: Actor = { subject: 'clerk', name: '李四', role: 'administrator', unit: '市发改委' };
const HEADER =
  '项目编号,项目名称,投资企业,来源省市,落地地州,谋划日期,投资协议签订日期,投资协议金额(万元),落地企业,落地日期,累计到位资金(万元),资金到位截至日期';
const programme = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));
const count = ({ rows, created, changed, unchanged, refused }: ImportReport) => [
  rows,
  created,
  changed,
  unchanged,
  refused,
];

let database: { url: string; drop: () => Promise<void> };
let store: EventStore;
let folder: string;
let prefix = 0;
let files = 0;

beforeAll(async () => {
  database = await createDatabase();
  store = await PostgresEventStore.open(database.url);
  folder = await mkdtemp(join(tmpdir(), 'luodi-test-'));
});
afterAll(async () => {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  prefix += 1;
});

const code = (index: number) => `T${prefix}-${index}`;
const row = (index: number, rest = '上海,克拉玛依市,2024-05-01,2024-05-13,520,,,,') =>
  `${code(index)},风电装备,某风电公司,${rest}`;

async function run(
  lines: readonly string[],
  over: Partial<ImportOptions> = {},
  header = HEADER,
): Promise<{ report: ImportReport; results: RowResult[] }> {
  // Each import has a file of its own: two may be at work at once.
  const file = join(folder, `ledger-${(files += 1)}.csv`);
  await writeFile(file, [header, ...lines].join('\n'));
  const results: RowResult[] = [];
  const report = await importLedger({
    file,
    name: '台账.csv',
    store,
    programme,
    actor: ACTOR,
    dryRun: false,
    onResults: (chunk) => void results.push(...chunk),
    ...over,
  });
  return { report, results };
}

async function historyOf(index: number): Promise<RecordedEvent[]> {
  const stream = `project-${projectId(programme.id, code(index))}`;
  return (await store.readStreams([stream])).get(stream) ?? [];
}

const rows = (length: number) => Array.from({ length }, (_, index) => row(index));

test('an assumed date of the proposal is noted at the cell it was taken from', async () => {
  const { results } = await run([row(0, '上海,克拉玛依市,,2024-05-13,520,甲,2024-06-01,,')]);
  expect(results[0]?.notes.filter(({ code }) => code === 'date-assumed')).toEqual([
    { field: 'proposedOn', cell: 'G2', code: 'date-assumed', text: expect.anything() },
  ]);
});

test('a termination that was revoked since is not brought back by the ledger that told it', async () => {
  const header = '项目编号,项目名称,投资企业,来源省市,落地地州,谋划日期,项目状态,状态日期,状态原因';
  const told = async (status: string) => {
    const { results } = await run([`${row(0, '上海,克拉玛依市,2024-05-01')},${status}`], {}, header);
    return results.map(({ outcome, commands, errors }) => [outcome, ...commands, ...errors.map(({ code }) => code)]);
  };
  const terminated = '终止,2024-07-01,投资方退出';
  expect(await told(terminated)).toEqual([['created', 'Propose 2024-05-01', 'Terminate 2024-07-01']]);
  expect(await told('正常,2024-08-01,复工')).toEqual([['changed', 'RevokeMilestone terminated 2024-08-01']]);
  expect(await told(terminated)).toEqual([['refused', 'termination-revoked']]);
  expect(await told('终止,2024-08-01,再次退出')).toEqual([['changed', 'Terminate 2024-08-01']]);
  expect(await told('终止,2024-08-01,再次退出')).toEqual([['unchanged']]);
});

test('the same file twice changes nothing the second time, and a dry run nothing at all', async () => {
  const lines = [...rows(1_200), row(2_000, '火星,克拉玛依市,2024-05-01,,,,,,'), row(3)];
  const dry = await run(lines, { dryRun: true });
  expect(count(dry.report)).toEqual([1_202, 1_200, 0, 0, 2]);
  expect(await historyOf(0)).toEqual([]);

  const real = await run(lines);
  expect(real.results).toEqual(dry.results);
  expect({ ...real.report, seconds: 0, dryRun: true, position: undefined }).toEqual({ ...dry.report, seconds: 0 });
  expect(real.report.position).toBe(await store.head());
  expect(real.results.at(-1)?.errors).toMatchObject([{ code: 'row-repeated', cell: 'A1203', text: { en: /5$/ } }]);
  expect((await historyOf(7)).map(({ type }) => type)).toEqual(['ProjectProposed', 'InvestmentSigned']);

  const head = await store.head();
  expect(count((await run(lines)).report)).toEqual([1_202, 0, 0, 1_200, 2]);
  expect(await store.head()).toBe(head);
});

test('a follow-up carries only codes and what has changed', async () => {
  await run(rows(3));
  const { report } = await run([
    `${code(0)},,,,,,,,克拉玛依风电公司,2024-08-01,,`,
    `${code(1)},,,,,,,,,,100,2024-09-30`,
    `${code(2)},,,,,,,,,,,`,
  ]);
  expect(count(report)).toEqual([3, 0, 2, 1, 0]);
  expect(report.commands).toEqual({ Land: 1, ReceiveFunds: 1 });
  expect((await historyOf(0)).at(-1)).toMatchObject({
    type: 'ProjectLanded',
    data: { evidence: [{ kind: 'ledger', reference: '台账.csv#2' }] },
    metadata: { actor: ACTOR, causationId: expect.stringMatching(/^ledger:[0-9a-f]{64}#2$/) },
  });
});

test('what somebody took back in between is said again by the same row', async () => {
  const lines = [row(0, '上海,克拉玛依市,2024-05-01,2024-05-13,520,某公司,2024-06-01,,')];
  await run(lines);
  await new CommandHandler(store, projectDecider, programme).handle({
    stream: `project-${projectId(programme.id, code(0))}`,
    commands: [{ type: 'RevokeMilestone', data: { milestone: 'landed', reason: '未注册' } }],
    commandId: 'revoke',
    actor: ACTOR,
  });
  expect(count((await run(lines)).report)).toEqual([1, 0, 1, 0, 0]);
  expect((await historyOf(0)).at(-1)?.type).toBe('ProjectLanded');
});

test('an import that is cut off between two appends goes on where it stopped', async () => {
  const lines = rows(1_300);
  const before = await store.backlog(undefined);
  let appends = 0;
  const dying = Object.create(store) as EventStore;
  dying.append = (request: AppendRequest) => {
    appends += 1;
    return appends > 700 ? Promise.reject(new Error('the machine is gone')) : store.append(request);
  };
  const correlationId = `import-${prefix}`;
  await expect(run(lines, { store: dying, correlationId })).rejects.toThrow('the machine is gone');
  expect((await store.backlog(undefined)).events - before.events).toBe(1_400);
  const { report } = await run(lines, { correlationId });
  expect(count(report)).toEqual([1_300, 1_300, 0, 0, 0]);
  expect((await store.backlog(undefined)).events - before.events).toBe(2_600);
});

test('two imports of the same file at once record it once', async () => {
  const lines = rows(800);
  const before = await store.backlog(undefined);
  const reports = await Promise.all([run(lines), run(lines)]);
  expect(reports.map(({ report }) => report.created + report.unchanged)).toEqual([800, 800]);
  expect((await store.backlog(undefined)).events - before.events).toBe(1_600);
});

test('the same bytes under two names at once: whoever comes second finds nothing new', async () => {
  const lines = [row(0, '上海,克拉玛依市,2024-05-01,2024-05-13,520,某公司,2024-06-01,,')];
  const overtaken = Object.create(store) as EventStore;
  let first: ImportReport | undefined;
  overtaken.append = async (request: AppendRequest) => {
    first ??= (await run(lines, { name: '甲.csv' })).report;
    return store.append(request);
  };
  const { report } = await run(lines, { name: '乙.csv', store: overtaken });
  expect(first && count(first)).toEqual([1, 1, 0, 0, 0]);
  expect(count(report)).toEqual([1, 0, 0, 1, 0]);
  expect(await historyOf(0)).toHaveLength(3);
});

test.each([
  ['of a newer version', 'ProjectProposed', 99],
  ['that no decider has written', 'ProjectOperating', 1],
])('a history %s refuses its row and no other', async (_what, type, schemaVersion) => {
  const stream = `project-${projectId(programme.id, code(1))}`;
  const metadata = {
    eventId: randomUUID(),
    commandId: 'c',
    commandDigest: '',
    correlationId: 'c',
    causationId: 'c',
    actor: ACTOR,
    schemaVersion,
    recordedAt: '2024-06-30T12:00:00.000Z',
  };
  const events = seal([{ type, data: { occurredOn: '2024-06-01' }, metadata }], {
    stream,
    revision: -1,
    hash: GENESIS,
  });
  await store.append({ stream, expectedRevision: -1, events });
  for (const dryRun of [true, false]) {
    const { report, results } = await run(rows(3), { dryRun });
    expect(count(report)).toEqual([3, 2, 0, 0, 1]);
    expect(results[1]?.errors).toMatchObject([{ code: 'history-unreadable' }]);
  }
  expect(await historyOf(1)).toHaveLength(1);
});

test('an append whose answer is lost is not recorded twice', async () => {
  const forgetful = Object.create(store) as EventStore;
  let lost = 0;
  forgetful.append = async (request: AppendRequest) => {
    const result = await store.append(request);
    if (lost++ % 3 === 0) throw new AppendInDoubt(request.stream, { cause: 'lost' });
    return result;
  };
  const { report } = await run(rows(30), { store: forgetful });
  expect(count(report)).toEqual([30, 30, 0, 0, 0]);
  expect(await historyOf(0)).toHaveLength(2);
});

test('a file that cannot be read to its end records nothing of its beginning', async () => {
  const lines = [...rows(1_000), `"${code(1_000)},a quote that is never closed`];
  for (const dryRun of [true, false]) {
    await expect(run(lines, { dryRun })).rejects.toMatchObject({ code: 'broken-csv' });
  }
  expect(await historyOf(0)).toEqual([]);
});

test('says how far it is: also while it only reads, before anything is recorded', async () => {
  const said: ImportProgress[] = [];
  const onProgress = (progress: ImportProgress) => void said.push(progress);
  await run(rows(2_100), { dryRun: true, onProgress });
  expect(new Set(said.splice(0).map(({ step }) => step))).toEqual(new Set(['comparing']));
  await run(rows(2_100), { onProgress });
  const reading = said.findIndex(({ step }) => step !== 'reading');
  expect(said.slice(0, reading).map(({ rows }) => rows)).toEqual([0, 0]);
  expect(said.slice(reading).map(({ step, rows }) => [step, rows])).toEqual(
    Array.from({ length: 11 }, (_, chunk) => ['recording', Math.min(2_100, 200 * (chunk + 1))]),
  );
  expect(said[0]?.bytesRead).toBeGreaterThan(0);
  expect(said.at(-1)).toMatchObject({ bytesRead: said[0]?.bytesTotal });
});

test('stops between chunks when it is told to', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const onResults = () => stop.abort(reason);
  await expect(run(rows(1_600), { signal: stop.signal, onResults })).rejects.toThrow('enough');
  expect(await historyOf(0)).toHaveLength(2);
  expect(await historyOf(1_599)).toHaveLength(0);
});

test('rows outside the prefectures of a clerk are refused', async () => {
  const { report } = await run([row(0), row(1, '上海,乌鲁木齐市,2024-05-01,,,,,,')], { prefectures: ['650200'] });
  expect(count(report)).toEqual([2, 1, 0, 0, 1]);
  expect(report.refusals).toMatchObject([{ code: 'prefecture-forbidden prefecture', count: 1 }]);
});

test('a conference that was never recorded is an error of its cell, in a dry run too, and asked for once in a chunk', async () => {
  const id = `known-${prefix}`;
  await new CommandHandler(store, conferenceDecider, programme).handle({
    stream: `conference-${id}`,
    commands: [
      {
        type: 'OpenConference',
        data: { name: '推介会', place: '克拉玛依', opensOn: '2024-05-13', closesOn: '2024-05-13', organisers: ['甲'] },
      },
    ],
    commandId: 'open',
    actor: ACTOR,
  });
  let asked = 0;
  const counting = Object.create(store) as EventStore;
  counting.readStreams = (streams) => {
    asked += streams.filter((stream) => stream.startsWith('conference-')).length;
    return store.readStreams(streams);
  };
  const lines = [...rows(40).map((line) => `${line},${id}`), `${row(90)},phantom-2024`, `${row(91)},`];
  for (const dryRun of [true, false]) {
    asked = 0;
    const { report, results } = await run(lines, { dryRun, store: counting }, `${HEADER},推介会`);
    expect(count(report)).toEqual([42, 41, 0, 0, 1]);
    expect(results[40]).toMatchObject({ errors: [{ code: 'conference-unknown', field: 'conference', cell: 'M42' }] });
    expect(asked).toBe(2);
  }
  expect(await historyOf(90)).toEqual([]);
  expect((await historyOf(0))[0]?.data).toMatchObject({ conference: id });
});

test('a backfill is recorded as of its instant, and cannot be recorded before what is known', async () => {
  const backfill = { recordedAt: '2024-06-30T12:00:00.000Z', source: '旧台账' };
  await run([row(0)], { backfill });
  expect((await historyOf(0))[0]?.metadata).toMatchObject({
    recordedAt: '2024-06-30T12:00:00.000Z',
    backfill: { source: '旧台账', writtenAt: expect.any(String) },
  });
  const lines = [row(0, '上海,克拉玛依市,2024-05-01,2024-05-14,520,,,,')];
  const earlier = { ...backfill, recordedAt: '2024-06-29T12:00:00.000Z' };
  for (const dryRun of [true, false]) {
    const { report } = await run(lines, { backfill: earlier, dryRun });
    expect(report).toMatchObject({ changed: 0, refused: 1, refusals: [{ code: 'backfill-too-late' }] });
  }
  const future = { ...backfill, recordedAt: '2024-05-10T12:00:00.000Z' };
  const { report } = await run([row(1)], { backfill: future });
  expect(report.refusals).toMatchObject([{ code: 'date-in-future investmentSignedOn' }]);
});

test('a row without code or id, and an id nobody knows', async () => {
  const file = join(folder, 'ids.csv');
  const known = projectId(programme.id, code(9));
  await writeFile(
    file,
    ['项目标识,项目编号,项目名称', ',,无名', '00000000-0000-4000-8000-000000000000,,甲', `${known},${code(9)},乙`].join(
      '\n',
    ),
  );
  const results: RowResult[] = [];
  const onResults = (chunk: readonly RowResult[]) => void results.push(...chunk);
  await importLedger({ file, name: 'ids.csv', store, programme, actor: ACTOR, dryRun: true, onResults });
  expect(results.map(({ errors }) => errors[0]?.code)).toEqual(['identity-missing', 'project-unknown', 'required']);
  expect(results[2]?.errors.map(({ field }) => field)).toEqual(['investor', 'origin', 'prefecture', 'proposedOn']);
});
