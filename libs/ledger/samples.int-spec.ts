import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { Money, sumMoney } from '../project/money';
import { LedgerRow, PlacedRow } from './ledger-row';
import { readLedger } from './read-ledger';

const PROFILE = 'deploy/programmes/xinjiang-aid.json';
const SIGNED = 'deploy/samples/karamay-2024.xlsx';
const FOLLOW_UP = 'deploy/samples/karamay-2024-follow-up.xlsx';
const programme = new Programme(loadProfile(PROFILE));

async function read(path: string): Promise<PlacedRow[]> {
  const rows: PlacedRow[] = [];
  for await (const row of readLedger({ path }, { vocabulary: programme })) rows.push(row);
  return rows;
}

const fieldsOf = async (path: string) => (await read(path)).map(({ fields }) => fields);
const distinct = (rows: LedgerRow[], field: keyof LedgerRow) => new Set(rows.map((row) => row[field])).size;
const sum = (rows: LedgerRow[], field: 'investmentAmount' | 'intentAmount') =>
  sumMoney(
    rows.map((row) => row[field]).filter((amount) => amount !== undefined),
    'CNY',
  );

describe('the sample ledger of the conference', () => {
  let rows: LedgerRow[];
  beforeAll(async () => (rows = await fieldsOf(SIGNED)));

  it('has no row with an error', async () => {
    expect((await read(SIGNED)).flatMap(({ errors }) => errors)).toEqual([]);
  });

  it('comes to the published figures exactly', () => {
    const investments = rows.filter((row) => row.investmentSignedOn !== undefined);
    const intents = rows.filter((row) => row.intentSignedOn !== undefined);
    expect([rows.length, investments.length, intents.length]).toEqual([129, 63, 66]);
    expect(sum(investments, 'investmentAmount')).toEqual({ value: '51800000000.00', currency: 'CNY', bound: 'exact' });
    expect(sum(intents, 'intentAmount')).toEqual({ value: '120000000000.00', currency: 'CNY', bound: 'at-least' });
    expect(rows.filter((row) => row.prefecture === '650200')).toHaveLength(20);
  });

  it('has 129 firms, every prefecture, partner and cluster, in and out of pairing', () => {
    const fields = ['code', 'investor', 'prefecture', 'origin', 'cluster'] as const;
    expect(fields.map((field) => distinct(rows, field))).toEqual([129, 129, 14, 19, 8]);
    const paired = rows.filter(({ origin = '', prefecture = '' }) =>
      programme.isPaired(origin, prefecture, '2024-05-13'),
    );
    expect(paired.length).toBeGreaterThan(20);
    expect(paired.length).toBeLessThan(109);
  });

  it('says of every row that it is invented, and all was signed on the day', () => {
    for (const row of rows) {
      expect(row.title).toMatch(/（示例）$/);
      expect(row.investor).toMatch(/（虚构）/);
      expect(row.conference).toBe('karamay-2024');
      expect(row.investmentSignedOn ?? row.intentSignedOn).toBe('2024-05-13');
    }
  });
});

const BUILDING = ['landedOn', 'constructionStartedOn', 'fundsReceived', 'operatingOn'] as const;
const NEEDS: [keyof LedgerRow, (keyof LedgerRow)[]][] = [
  ['landedOn', ['legalEntity', 'landingEvidence']],
  ['operatingOn', ['landedOn', 'operationEvidence']],
  ['fundsReceived', ['fundsReceivedOn']],
];
const ORDERS = [
  ['landedOn', 'operatingOn', 'statusSince'],
  ['constructionStartedOn', 'operatingOn', 'statusSince'],
] as const;

const valueOf = (amount: Money | undefined) => Number(amount?.value ?? 0);

function expectPossible(row: LedgerRow, project: LedgerRow | undefined): void {
  const written = (field: keyof LedgerRow) => row[field] !== undefined;
  expect(project?.title).toBe(row.title);
  for (const [field, needed] of NEEDS) if (written(field)) expect(needed.filter((each) => !written(each))).toEqual([]);
  if (BUILDING.some(written)) expect(project?.investmentSignedOn).toBeDefined();
  if (row.status !== 'active') expect([row.statusSince, row.statusReason]).not.toContain(undefined);
  for (const order of ORDERS) {
    const dates = ['2024-05-14', ...order.map((field) => row[field]), '2025-03-31'].filter(
      (date) => date !== undefined,
    );
    expect(dates).toEqual([...dates].sort());
  }
  expect(valueOf(row.fundsReceived)).toBeLessThanOrEqual(valueOf(project?.investmentAmount));
}

describe('the follow-up', () => {
  it('tells of some of the same projects, in dates that are possible', async () => {
    expect((await read(FOLLOW_UP)).flatMap(({ errors }) => errors)).toEqual([]);
    const rows = await fieldsOf(FOLLOW_UP);
    const signed = new Map((await fieldsOf(SIGNED)).map((row) => [row.code, row]));
    for (const row of rows) expectPossible(row, signed.get(row.code));
    const count = (field: keyof LedgerRow) => rows.filter((row) => row[field] !== undefined).length;
    expect(BUILDING.map(count)).toEqual([38, 28, 32, 6]);
    expect(rows.filter(({ status }) => status === 'terminated')).toHaveLength(9);
  });
});

it('the generator makes the same ledgers again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'luodi-samples-'));
  const script = `import { makeSamples } from './deploy/samples/make-samples.mjs'; await makeSamples('${folder}', '${PROFILE}');`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  for (const path of [SIGNED, FOLLOW_UP]) {
    expect(await fieldsOf(join(folder, path.split('/').at(-1) ?? ''))).toEqual(await fieldsOf(path));
  }
  await rm(folder, { recursive: true });
});
