import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { importLedger, ImportReport } from '../../libs/ledger/import-ledger';
import { remarkOf } from '../../libs/ledger/import-remark';
import { loadMapping } from '../../libs/ledger/mapping';
import { RowRemark, writeReport } from '../../libs/ledger/report-workbook';
import { LedgerSource } from '../../libs/ledger/table';
import { isCivilDate } from '../../libs/project/civil-date';
import { explain } from '../../libs/runtime/explain';
import { isInstant } from '../../libs/runtime/instant';
import { ShownImport } from './import-progress';
import { count, duration, printJson, printTable } from './output';
import { checkReportFile } from './report-file';
import { GlobalOptions, Session, UsageError, withSession } from './session';

interface Options {
  mapping?: string;
  programme?: string;
  apply?: boolean;
  asOf?: string;
  source?: string;
  report?: string;
}

/** `luodi import <file>`: a dry run unless `--apply`; exit code 1 when rows are refused. */
export function importCommand(): Command {
  return new Command('import')
    .description('compare a ledger with what is known, and record the difference with --apply 导入台账')
    .argument('<file>', 'workbook (.xlsx) or CSV (UTF-8, GB18030, also .csv.gz)')
    .option('--mapping <file>', 'how the columns of a register are read (deploy/mappings)')
    .option('--programme <file>', 'programme profile (default: PROGRAMME or deploy/programmes/xinjiang-aid.json)')
    .option('--apply', 'record it; without this nothing is recorded 写入')
    .option('--as-of <instant>', 'record as of a past instant, or noon UTC of a day; needs --source 补录')
    .option('--source <name>', 'where what is recorded as of the past comes from')
    .option('--report <file>', 'write the ledger with a column that says what became of each row')
    .action((file: string, options: Options, self: Command) =>
      withSession(self.optsWithGlobals<GlobalOptions>(), (session) => run(session, file, options)),
    );
}

async function run(session: Session, file: string, options: Options): Promise<void> {
  // V8 lets garbage pile up to several times of what is in use; an import of 100,000 rows then takes 130 MB more, and is no faster.
  setFlagsFromString('--heap-growing-percent=60');
  const backfill = backfillOf(options);
  if (options.report !== undefined) await checkReportFile(options.report, file);
  const mapping = options.mapping === undefined ? undefined : await loadMapping(options.mapping);
  const programme = session.programme(options.programme);
  const name = basename(file);
  const remarks: RowRemark[] = [];
  const shown = new ShownImport(name);
  const report = await importLedger({
    file,
    name,
    store: await session.store(),
    programme,
    actor: session.actor(),
    mapping,
    backfill,
    dryRun: !options.apply,
    onProgress: (progress) => shown.update(progress),
    onResults: (results) =>
      void (options.report !== undefined && remarks.push(...results.map((result) => remarkOf(result, 'zh')))),
    signal: session.signal,
  }).finally(() => shown.end());
  if (report.refused > 0) process.exitCode = 1;
  if (session.options.json) printJson(report);
  else print(report);
  if (options.report === undefined) return;
  // Last: whatever becomes of it, what was recorded has been told.
  await writeRemarks(options.report, { path: file, name }, remarks, report);
  if (!session.options.json) console.log(`Row by row 逐行结果: ${options.report}`);
}

/** @throws UsageError when the file cannot be written, on a full disk for one */
async function writeRemarks(
  path: string,
  ledger: LedgerSource,
  remarks: readonly RowRemark[],
  { sheet, headerRow, encoding }: ImportReport,
): Promise<void> {
  try {
    const out = await open(path, 'w');
    await writeReport(ledger, remarks, out.createWriteStream(), { sheet, headerRow, encoding, language: 'zh' });
  } catch (error) {
    throw new UsageError(`the report ${path} could not be written (what is said above holds): ${explain(error)}`);
  }
}

/** @throws UsageError for half a backfill, or an instant that is none */
export function backfillOf({ asOf, source }: Options): { recordedAt: string; source: string } | undefined {
  if (asOf === undefined && source === undefined) return undefined;
  if (asOf === undefined || source === undefined) throw new UsageError('--as-of and --source belong together');
  const text = isCivilDate(asOf) ? `${asOf}T12:00:00Z` : asOf;
  if (!isInstant(text)) {
    throw new UsageError(`--as-of ${asOf} is no instant such as 2021-06-30T12:00:00Z, and no day such as 2021-06-30`);
  }
  const instant = new Date(text);
  if (instant > new Date()) throw new UsageError(`--as-of ${asOf} lies in the future`);
  return { recordedAt: instant.toISOString(), source };
}

const OUTCOMES = { created: '新增', changed: '变更', unchanged: '不变', refused: '拒绝' } as const;

function print(report: ImportReport): void {
  const { rows, seconds } = report;
  console.log(`\n${report.name}: ${count(rows)} rows 行 in ${duration(seconds)}`);
  const outcomes = ['created', 'changed', 'unchanged', 'refused'] as const;
  printTable(
    ['Outcome 结果', 'Rows 行'],
    outcomes.map((outcome) => [`${outcome} ${OUTCOMES[outcome]}`, count(report[outcome])]),
    { numbers: true },
  );
  const commands = Object.entries(report.commands).map(([name, times]) => [name, count(times)]);
  if (commands.length > 0)
    printTable([report.dryRun ? 'Would record 将记录' : 'Recorded 已记录', 'Times 次'], commands, { numbers: true });
  printFindings('Refused because 拒绝原因', report.refusals);
  printFindings('Noted 提示', report.notes);
  const { vanished } = report;
  if (vanished.count > 0) {
    console.log(`Known before, missing now 本次缺失: ${count(vanished.count)} (${vanished.examples.join(', ')} …)`);
  }
  if (report.dryRun)
    console.log(
      'Nothing was recorded: this was a dry run. Add --apply to record it. 试导入，未写入；加 --apply 写入。',
    );
}

function printFindings(title: string, findings: ImportReport['refusals']): void {
  if (findings.length === 0) return;
  printTable(
    [title, 'Times 次', 'Such as 例如'],
    findings.map(({ text, count: times, examples }) => [
      `${text.zh}\n${text.en}`,
      count(times),
      examples.slice(0, 3).join('\n'),
    ]),
  );
}
