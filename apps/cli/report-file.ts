import { constants } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { fileFormat } from '../../libs/ledger/read-table';
import { LIMITS } from '../../libs/ledger/table';
import { explain } from '../../libs/runtime/explain';
import { UsageError } from './session';

/**
 * Says what is wrong with `--report` before anything is imported; leaves no trace.
 * @throws UsageError when the report is the ledger itself, is named as another kind of file, or cannot be written there
 */
export async function checkReportFile(report: string, ledger: string): Promise<void> {
  const isWorkbook = (await fileFormat(ledger, LIMITS)) === 'xlsx';
  if (isWorkbook ? NO_WORKBOOK.test(report) : NO_CSV.test(report)) {
    const [kind, ending] = isWorkbook ? ['a workbook', '.xlsx'] : ['CSV', '.csv'];
    throw new UsageError(`--report ${report}: the report on this ledger is ${kind}; give it a name in ${ending}`);
  }
  if (await isSameFile(report, ledger)) {
    throw new UsageError(`--report ${report} is the ledger itself; give the report another name`);
  }
  await tryToOpen(report);
}

const NO_WORKBOOK = /\.(csv|gz)$/i;
const NO_CSV = /\.(xls[xmb]?|gz)$/i;

/** Under whatever names, links and other spellings too. */
async function isSameFile(report: string, ledger: string): Promise<boolean> {
  const [one, other] = await Promise.all(
    [report, ledger].map((path) => stat(path, { bigint: true }).catch(() => undefined)),
  );
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
}

/** What stands there already stays until the report is written. */
async function tryToOpen(report: string): Promise<void> {
  try {
    if (await stat(report).catch(() => undefined)) return await (await open(report, constants.O_WRONLY)).close();
    await (await open(report, 'wx')).close();
    await rm(report);
  } catch (error) {
    throw new UsageError(`--report ${report} cannot be written: ${explain(error)}`);
  }
}
