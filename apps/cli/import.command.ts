import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Command } from 'commander';
import { importLedger, ImportReport } from '../../libs/ledger/import-ledger';
import { remarkOf } from '../../libs/ledger/import-remark';
import { loadMapping } from '../../libs/ledger/mapping';
import { RowRemark, writeReport } from '../../libs/ledger/report-workbook';
import { isCivilDate } from '../../libs/project/civil-date';
import { isInstant } from '../../libs/runtime/instant';
import { ShownImport } from './import-progress';
import { count, duration, printJson, printTable } from './output';
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
  if (options.report !== undefined) {
    const { sheet, headerRow, encoding } = report;
    await writeReport({ path: file, name }, remarks, createWriteStream(options.report), {
      sheet,
      headerRow,
      encoding,
      language: 'zh',
    });
  }
  if (session.options.json) printJson(report);
  else print(report, options);
  if (report.refused > 0) process.exitCode = 1;
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

function print(report: ImportReport, options: Options): void {
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
  if (options.report !== undefined) console.log(`Row by row 逐行结果: ${options.report}`);
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
