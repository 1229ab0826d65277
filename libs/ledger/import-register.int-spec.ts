import { createDatabase } from '../../test/support/database';
import { Actor } from '../audit/hash-chain';
import { EventStore } from '../event-store/event-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { projectId } from '../programme/project-id';
import { importLedger, ImportReport } from './import-ledger';
import { loadMapping } from './mapping';

jest.setTimeout(300_000);

const ACTOR: Actor = { subject: 'test', name: 'Test', role: 'administrator', unit: 'test' };
const JUNE_2021 = '2021-06-30T12:00:00.000Z';
const JULY_2024 = '2024-07-31T12:00:00.000Z';

/** The figures are those of test/data/README.md; the events behind them were checked against the files by another program. */
describe('two snapshots of a public register', () => {
  const programme = new Programme(loadProfile('deploy/programmes/uk-renewables.json'));
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: EventStore;
  let first: ImportReport;
  let second: ImportReport;

  async function importSnapshot(name: string, recordedAt: string): Promise<ImportReport> {
    return importLedger({
      file: `test/data/${name}`,
      name,
      store,
      programme,
      mapping: await loadMapping('deploy/mappings/uk-repd.json'),
      actor: ACTOR,
      backfill: { recordedAt, source: name },
      dryRun: false,
    });
  }

  beforeAll(async () => {
    database = await createDatabase();
    store = await PostgresEventStore.open(database.url);
    first = await importSnapshot('repd-2021-q2.csv.gz', JUNE_2021);
    second = await importSnapshot('repd-2024-q2.csv.gz', JULY_2024);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  const found = (findings: ImportReport['notes']) =>
    Object.fromEntries(findings.map(({ code, count }) => [code, count]));

  async function historyOf(code: string): Promise<string[]> {
    const stream = `project-${projectId(programme.id, code)}`;
    const history = (await store.readStreams([stream])).get(stream) ?? [];
    return history.map(({ type, data, metadata }) => {
      const { occurredOn, milestone, correctedOn } = data;
      const day = type === 'MilestoneRevoked' ? '' : (correctedOn ?? occurredOn);
      return [metadata.recordedAt.slice(0, 7), type, milestone, day].filter(Boolean).join(' ');
    });
  }

  test('the first: what is recorded, refused and assumed', () => {
    expect(first).toMatchObject({
      rows: 6_461,
      created: 6_401,
      changed: 0,
      unchanged: 0,
      refused: 60,
      encoding: 'windows-1252',
      vanished: { count: 0 },
    });
    expect(found(first.refusals)).toEqual({
      'date-order operatingOn': 25,
      'date-order landedOn': 21,
      'date-order investmentSignedOn': 8,
      'date-order statusSince': 3,
      'date-in-future statusSince': 2,
      'required proposedOn': 1,
    });
    expect(found(first.notes)).toEqual({
      'implied landedOn': 867,
      'implied proposedOn': 306,
      'implied investmentSignedOn': 214,
      'date-unknown constructionStartedOn': 5,
    });
    expect(first.commands).toEqual({
      Propose: 6_401,
      SignInvestment: 4_247,
      Land: 2_846,
      Operate: 2_683,
      Terminate: 2_189,
      StartConstruction: 1_979,
    });
  });

  test('the second: what changed between the snapshots, and what vanished', () => {
    expect(second).toMatchObject({
      rows: 11_156,
      created: 4_656,
      changed: 1_515,
      unchanged: 4_762,
      refused: 223,
      encoding: 'utf-8',
      vanished: { count: 40 },
    });
    expect(found(second.refusals)).toEqual({
      'date-order landedOn': 90,
      'date-order investmentSignedOn': 71,
      'date-order operatingOn': 25,
      'date-order statusSince': 25,
      'required proposedOn': 11,
      'date-order proposedOn': 1,
    });
    expect(second.commands).toEqual({
      Propose: 4_656,
      SignInvestment: 3_330,
      Terminate: 941,
      Land: 338,
      StartConstruction: 240,
      Operate: 217,
      'CorrectMilestone investment-signed': 375,
      'CorrectMilestone terminated': 332,
      'CorrectMilestone proposed': 38,
      'CorrectMilestone landed': 22,
      'CorrectMilestone construction-started': 13,
      'CorrectMilestone operating': 8,
      'RevokeMilestone investment-signed': 129,
      'RevokeMilestone terminated': 64,
      'RevokeMilestone construction-started': 32,
      'RevokeMilestone landed': 27,
      'RevokeMilestone operating': 6,
    });
  });

  test('each snapshot once more changes nothing', async () => {
    const head = await store.head();
    expect(await importSnapshot('repd-2024-q2.csv.gz', JULY_2024)).toMatchObject({ changed: 0, unchanged: 10_933 });
    // The older one differs from what was recorded since, which it cannot have known.
    const older = await importSnapshot('repd-2021-q2.csv.gz', JUNE_2021);
    expect(older).toMatchObject({ created: 0, changed: 0, vanished: { count: 0 } });
    expect(found(older.refusals)['backfill-too-late']).toBeGreaterThan(1_000);
    expect(await store.head()).toBe(head);
  });

  test('the life of one project that was given up and came back', async () => {
    expect(await historyOf('REPD-4351')).toEqual([
      '2021-06 ProjectProposed 2019-08-07',
      '2021-06 ProjectTerminated 2021-01-12',
      '2024-07 MilestoneRevoked terminated',
      '2024-07 InvestmentSigned 2021-07-28',
      '2024-07 ProjectLanded 2023-09-01',
      '2024-07 ConstructionStarted 2023-09-01',
    ]);
  });

  test('the life of one project that never operated after all', async () => {
    expect(await historyOf('REPD-4549')).toEqual([
      '2021-06 ProjectProposed 2014-06-12',
      '2021-06 InvestmentSigned 2015-10-29',
      '2021-06 ProjectLanded 2016-09-01',
      '2021-06 ConstructionStarted 2016-09-01',
      '2021-06 ProjectOperating 2017-03-15',
      '2024-07 MilestoneRevoked operating',
      '2024-07 MilestoneRevoked construction-started',
      '2024-07 MilestoneRevoked landed',
      '2024-07 MilestoneCorrected investment-signed 2016-02-05',
      '2024-07 ProjectTerminated 2023-09-08',
    ]);
  });
});
