import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { textRow, workbookParts, writeZip } from '../../test/support/workbook';
import { checkReportFile } from './report-file';
import { UsageError } from './session';

let folder: string;
const at = (name: string) => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'luodi-test-'));
  await writeFile(at('ledger.csv'), '项目编号,项目名称\n');
  await writeFile(at('packed.csv.gz'), gzipSync('项目编号,项目名称\n'));
  await writeZip(at('ledger.xlsx'), workbookParts({ sheets: [{ name: 'S', rows: textRow(1, ['项目编号']) }] }));
});
afterEach(() => rm(folder, { recursive: true }));

test.each(['ledger.csv', './ledger.csv', 'linked.csv', 'hard.csv'])(
  'a report at %s would destroy the ledger',
  async (name) => {
    await symlink(at('ledger.csv'), at('linked.csv'));
    await link(at('ledger.csv'), at('hard.csv'));
    await expect(checkReportFile(`${folder}/${name}`, at('ledger.csv'))).rejects.toThrow(UsageError);
    await expect(checkReportFile(`${folder}/${name}`, at('ledger.csv'))).rejects.toThrow('is the ledger itself');
    expect(await readFile(at('ledger.csv'), 'utf8')).toBe('项目编号,项目名称\n');
  },
);

test.each([
  ['ledger.csv', 'report.xlsx', 'is CSV; give it a name in .csv'],
  ['packed.csv.gz', 'report.csv.gz', 'is CSV; give it a name in .csv'],
  ['ledger.xlsx', 'report.CSV', 'is a workbook; give it a name in .xlsx'],
  ['ledger.csv', 'nowhere/report.csv', 'nowhere/report.csv cannot be written'],
  ['ledger.csv', 'folder', 'folder cannot be written'],
])('of %s, no report can go to %s', async (ledger, report, why) => {
  await mkdir(at('folder'));
  await expect(checkReportFile(at(report), at(ledger))).rejects.toThrow(UsageError);
  await expect(checkReportFile(at(report), at(ledger))).rejects.toThrow(why);
});

test('elsewhere it can, and until it is written nothing changes there', async () => {
  await writeFile(at('old.csv'), 'of the last import');
  const before = await readdir(folder);
  for (const report of ['old.csv', 'new.csv', 'new.txt', 'new']) await checkReportFile(at(report), at('ledger.csv'));
  await checkReportFile(at('new.xlsx'), at('ledger.xlsx'));
  expect(await readdir(folder)).toEqual(before);
  expect(await readFile(at('old.csv'), 'utf8')).toBe('of the last import');
});
