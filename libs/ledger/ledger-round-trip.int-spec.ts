import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import ExcelJS from 'exceljs';
import fc from 'fast-check';
import { COMMANDS, CONTEXT } from '../../test/support/project-samples';
import { rawCell, textRow, workbookParts, writeZip } from '../../test/support/workbook';
import { projectId } from '../programme/project-id';
import { ProjectCommand } from '../project/commands';
import { projectDecider } from '../project/decider';
import { fromCents } from '../project/money';
import { normalText } from '../project/normal-text';
import { Refusal } from '../project/refusal';
import { ProjectState } from '../project/state';
import { planRow } from './import-plan';
import { PlacedRow, LedgerRow } from './ledger-row';
import { ledgerRowOf } from './ledger-row-of';
import { LedgerSummary, readLedger } from './read-ledger';
import { writeReport } from './report-workbook';
import { writeLedgerCsv, writeLedgerXlsx } from './write-ledger';
import { LIMITS } from './table';
import { WriteOptions } from './written-cell';
import { openParts } from './zip-parts';

const NAMES: Record<string, { zh: string; en: string }> = {
  '650200': { zh: '克拉玛依市', en: 'Karamay' },
  '310000': { zh: '上海市', en: 'Shanghai' },
  'oil-gas': { zh: '油气生产加工', en: 'Oil and gas' },
};
const resolve = (text: string) =>
  Object.keys(NAMES).find((code) => [code, NAMES[code]?.zh, NAMES[code]?.en].includes(text));
const vocabulary = { currency: 'CNY', resolveRegion: resolve, resolvePartner: resolve, resolveCluster: resolve };
const nameOf = (_: string, code: string) => NAMES[code];

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'luodi-export-'))));
afterAll(() => rm(folder, { recursive: true }));

async function read(path: string): Promise<{ rows: PlacedRow[]; summary: LedgerSummary }> {
  const reading = readLedger({ path }, { vocabulary });
  const rows: PlacedRow[] = [];
  for await (const row of reading) rows.push(row);
  return { rows, summary: reading.summary };
}

const FORMATS = [
  ['ledger.xlsx', writeLedgerXlsx],
  ['ledger.csv', writeLedgerCsv],
] as const;

/** What somebody may send: formulas, blanks, line ends, accents apart from their letters, full width. */
const sent = fc.oneof(
  { weight: 5, arbitrary: fc.string({ unit: 'grapheme', minLength: 1 }) },
  {
    weight: 5,
    arbitrary: fc.string({
      unit: fc.constantFrom(
        ...["'", '=', '-', '+', '@', '"', ',', ';', '\t', '\n', '\r', ' ', '\u3000', '_x0041_', '甲', '<', '&', '＝'],
        ...['e', '\u0301', '\u2000', '\ufeff', '\u200b', 'Ａ', '¨', '/', '无'],
      ),
      minLength: 1,
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom('a\u0085b', '\ufffd', 'a\uffff', '\u0007') },
);
// What an import has read is normal and has no control characters; so has what an export writes.
const text = sent.map((each) => normalText(each.replace(/(?![\t\n\r])[\p{Cc}\ufffd-\uffff]|\p{Cs}/gu, '')) || 'x');
const date = fc
  .date({ min: new Date('1900-03-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((day) => day.toISOString().slice(0, 10));
const money = fc.record({
  value: fc.oneof(fc.bigInt(0n, 10n ** 7n), fc.bigInt(0n, 10n ** 20n - 1n)).map(fromCents),
  currency: fc.constant('CNY'),
  bound: fc.constantFrom('exact' as const, 'at-least' as const),
});
const row: fc.Arbitrary<LedgerRow> = fc.record(
  {
    code: text,
    id: fc.uuid(),
    title: text,
    investor: text,
    origin: fc.constant('310000'),
    prefecture: fc.constant('650200'),
    cluster: fc.constant('oil-gas'),
    industry: text,
    estimatedInvestment: money,
    responsibleUnit: text,
    responsiblePerson: text,
    conference: text,
    proposedOn: date,
    promotedOn: date,
    venue: text,
    intentAgreement: fc.constantFrom('intent' as const, 'framework' as const),
    intentAmount: money,
    intentSignedOn: date,
    investmentAmount: money,
    investmentSignedOn: date,
    revisedCommitment: money,
    plannedStart: date,
    plannedCompletion: date,
    legalEntity: text,
    landedOn: date,
    landingEvidence: text,
    constructionStartedOn: date,
    fundsReceived: money,
    fundsReceivedOn: date,
    operatingOn: date,
    operationEvidence: text,
    status: fc.constantFrom('active' as const, 'suspended' as const, 'terminated' as const),
    statusSince: date,
    statusReason: text,
  },
  { requiredKeys: ['code'] },
);

const saying = fc.record({ code: sent, title: sent, investor: sent, industry: sent, unit: sent, reason: sent });

type Saying = typeof saying extends fc.Arbitrary<infer Said> ? Said : never;

/** A project of which somebody says that; undefined where the domain refuses a text of it. */
function recorded({ code, title, investor, industry, unit, reason }: Saying): ProjectState | undefined {
  const { Propose, SignInvestment, Land, Suspend } = COMMANDS;
  const commands: ProjectCommand[] = [
    { ...Propose, data: { ...Propose.data, code, title, investor, industry } },
    SignInvestment,
    { ...Land, data: { ...Land.data, legalEntity: investor } },
    { type: 'AssignResponsibility', data: { unit, person: title } },
    { ...Suspend, data: { ...Suspend.data, reason } },
  ];
  try {
    let state: ProjectState | undefined;
    for (const command of commands) {
      state = projectDecider.decide(command, state, CONTEXT).reduce(projectDecider.evolve, state);
    }
    return state;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

describe.each(FORMATS)('an export to %s', (name, write) => {
  it('reads back without a difference, in both languages', async () => {
    const path = join(folder, name);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('zh' as const, 'en' as const),
        async (rows, language) => {
          await write(rows, createWriteStream(path), { language, nameOf, currency: 'CNY' });
          const { rows: found, summary } = await read(path);
          expect(found.flatMap(({ errors, notes }) => [...errors, ...notes])).toEqual([]);
          expect(summary.notes).toEqual([]);
          expect(found.map(({ fields }) => fields)).toEqual(rows);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('of what was recorded of projects, in whatever texts, says nothing new when it is imported', async () => {
    const path = join(folder, `recorded-${name}`);
    let projects = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(saying, { minLength: 1, maxLength: 12 }),
        fc.constantFrom('zh' as const, 'en' as const),
        async (said, language) => {
          const states = said.map(recorded).filter((state) => state !== undefined);
          projects += states.length;
          const ids = states.map(({ proposal }) => projectId('p', proposal.code ?? ''));
          const rows = states.map((state, at) => ledgerRowOf(state, ids[at] ?? ''));
          await write(rows, createWriteStream(path), { language, nameOf, currency: 'CNY' });
          const found = (await read(path)).rows;
          expect(found.map(({ fields }) => projectId('p', fields.code ?? ''))).toEqual(ids);
          found.forEach(({ fields, errors }, at) => {
            expect(errors).toEqual([]);
            const plan = planRow(fields, states[at], { decision: CONTEXT, reference: name });
            expect(plan).toEqual({ outcome: 'unchanged', commands: [], errors: [], notes: [] });
          });
        },
      ),
      { numRuns: 60 },
    );
    // Worth something only while much of what is sent is recorded.
    expect(projects).toBeGreaterThan(20);
  }, 120_000);

  it('is valid without rows', async () => {
    const path = join(folder, `empty-${name}`);
    await write([], createWriteStream(path), { language: 'zh' });
    expect((await read(path)).rows).toEqual([]);
  });

  it('rejects with what went wrong with the rows, or with the stream', async () => {
    const options: WriteOptions = { language: 'zh' };
    async function* broken(): AsyncGenerator<LedgerRow> {
      for (let at = 0; at < 500; at++) yield { code: `A-${at}` };
      throw new Error('the database has gone');
    }
    await expect(write(broken(), new PassThrough().resume(), options)).rejects.toThrow('the database has gone');
    const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the disk is full')) });
    const many = Array.from({ length: 5_000 }, (_, at) => ({ code: `A-${at}`, title: 'x'.repeat(at % 50) }));
    await expect(write(many, full, options)).rejects.toThrow('the disk is full');
  });
});

it('a workbook has a title over its columns, a frozen header, real dates and amounts as numbers', async () => {
  const path = join(folder, 'looks.xlsx');
  const amount = { value: '1234.50', currency: 'CNY', bound: 'exact' as const };
  const rows: LedgerRow[] = [
    {
      code: '=1+1',
      proposedOn: '2024-05-13',
      estimatedInvestment: amount,
      fundsReceived: { ...amount, value: '99999999999999.99' },
    },
  ];
  await writeLedgerXlsx(rows, createWriteStream(path), { language: 'zh', title: '导出', currency: 'CNY' });
  const workbook = new ExcelJS.Workbook();
  await workbook.xlsx.readFile(path);
  const sheet = workbook.worksheets[0];
  expect(sheet?.getCell('A1').value).toBe('导出');
  expect(sheet?.getCell('C1').isMerged).toBe(true);
  expect(sheet?.views).toMatchObject([{ state: 'frozen', ySplit: 2 }]);
  expect(sheet?.getCell('B3').value).toBe("'=1+1");
  expect(sheet?.getCell('I3').value).toBe(1234.5);
  expect(sheet?.getCell('AB3').value).toBe('99999999999999.99');
  expect(sheet?.getCell('M3').value).toEqual(new Date('2024-05-13T00:00:00Z'));
  expect(sheet?.getCell('M3').numFmt).toBe('yyyy-mm-dd');
});

describe('the report', () => {
  const SAMPLE = 'deploy/samples/karamay-2024.xlsx';

  it('is the same workbook with one column more, and can be imported again', async () => {
    const path = join(folder, 'report.xlsx');
    const remarks = [
      { row: 4, text: '已创建' },
      { row: 6, text: '拒绝：J6 “约5亿” & <不是金额>\n=1+1' },
      { row: 999, text: '没有这一行' },
    ];
    await writeReport({ path: SAMPLE }, remarks, createWriteStream(path), {
      language: 'zh',
      sheet: '签约项目',
      headerRow: 3,
    });
    const [before, after] = [new ExcelJS.Workbook(), new ExcelJS.Workbook()];
    await before.xlsx.readFile(SAMPLE);
    await after.xlsx.readFile(path);
    const [old, report] = [before.worksheets[0], after.worksheets[0]];
    if (!old || !report) throw new Error('a sheet is missing');
    expect(report.getCell('U3').value).toBe('导入结果');
    expect(report.getCell('U3').fill).toEqual(old.getCell('T3').fill);
    expect([4, 5, 6].map((number) => report.getCell(`U${number}`).value)).toEqual(['已创建', null, remarks[1]?.text]);
    old.eachRow((row, number) => {
      row.eachCell({ includeEmpty: true }, (cell, column) => {
        expect(report.getRow(number).getCell(column).value).toEqual(cell.value);
        expect(report.getRow(number).getCell(column).style).toEqual(cell.style);
      });
    });
    const again = await read(path);
    expect(again.rows.map(({ fields }) => fields)).toEqual((await read(SAMPLE)).rows.map(({ fields }) => fields));
    expect(again.summary.notes.map(({ code }) => code)).not.toContain('unknown-column');
  });

  it('puts its column before empty cells that only have a format, and in place of one', async () => {
    const [source, path] = [join(folder, 'styled.xlsx'), join(folder, 'styled-report.xlsx')];
    const header = textRow(1, ['项目编号', '项目名称', '行业']);
    const cells = [rawCell({ at: 'A2', value: '1' }), rawCell({ at: 'D2', style: 1 }), rawCell({ at: 'F2', style: 1 })];
    const rows = `${header}<row r="2" spans="1:6">${cells.join('')}</row><row r="3">${rawCell({ at: 'F3', style: 1 })}</row>`;
    await writeZip(source, workbookParts({ sheets: [{ name: 'S', rows, merged: ['A5:B5'] }], formats: [0, 14] }));
    const remarks = [2, 3].map((row) => ({ row, text: `R${row}` }));
    await writeReport({ path: source }, remarks, createWriteStream(path), { language: 'en', sheet: 'S', headerRow: 1 });
    const parts = await openParts(path, LIMITS);
    const xml = (await textOf(await parts.stream('xl/worksheets/sheet1.xml'))).replace(/<is>.*?<\/is>/g, '');
    parts.close();
    expect(xml.match(/<(row|c|mergeCell) [^>]*/g)?.slice(4)).toEqual([
      '<c r="D1" t="inlineStr"',
      '<row r="2"',
      '<c r="A2"',
      '<c r="D2" t="inlineStr"',
      '<c r="F2" s="1"',
      '<row r="3"',
      '<c r="D3" t="inlineStr"',
      '<c r="F3" s="1"',
      '<mergeCell ref="A5:B5"',
    ]);
  });

  it('is the same CSV with one column more', async () => {
    const [source, path] = [join(folder, 'source.csv'), join(folder, 'report.csv')];
    await writeLedgerCsv([{ code: 'A-1', statusReason: '甲,"乙"' }, { code: 'A-2' }], createWriteStream(source), {
      language: 'en',
    });
    await writeReport({ path: source }, [{ row: 3, text: '=refused' }], createWriteStream(path), {
      language: 'en',
      sheet: '',
      headerRow: 1,
    });
    const [before, after] = (await Promise.all([readFile(source, 'utf8'), readFile(path, 'utf8')])).map((content) =>
      content.split('\r\n'),
    );
    expect(after).toEqual([`${before?.[0]},Import outcome`, before?.[1], `${before?.[2]},'=refused`, '']);
  });

  it('is CSV in which no cell of the file runs as a formula, and is read as the file was', async () => {
    const [source, path] = [join(folder, 'formulas.csv'), join(folder, 'formulas-report.csv')];
    const lines = [
      '项目编号,项目名称,投资额（元）,落地日期,项目状态,责任单位,+1',
      'A-1,"=HYPERLINK(""http://evil.example"")",-,-,正常,-,＝1',
      "-2,'=1,-5,2024-05-13,@x,'-,\t1",
      "A-3,''+1,5,@1,-,/,'甲",
    ];
    await writeFile(source, lines.join('\n'));
    const options = { language: 'en', sheet: '', headerRow: 1 } as const;
    await writeReport({ path: source }, [], createWriteStream(path), options);
    expect((await readFile(path, 'utf8')).split('\r\n').slice(0, 4)).toEqual([
      "\ufeff项目编号,项目名称,投资额（元）,落地日期,项目状态,责任单位,'+1,Import outcome",
      `A-1,"'=HYPERLINK(""http://evil.example"")",-,-,正常,-,'＝1`,
      "'-2,'=1,'-5,2024-05-13,'@x,'-,'\t1",
      "A-3,''+1,5,'@1,-,/,'甲",
    ]);
    const [before, after] = await Promise.all([read(source), read(path)]);
    const said = ({ rows }: typeof before) =>
      rows.map(({ fields, errors }) => [fields, errors.map(({ code }) => code)]);
    expect(said(after)).toEqual(said(before));
    expect(said(before).map(([, codes]) => codes)).toEqual([[], ['negative-amount', 'unknown-word'], ['not-a-date']]);
    expect(before.rows.map(({ fields }) => fields.responsibleUnit)).toEqual([undefined, '-', undefined]);
  });
});
