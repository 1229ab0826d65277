import { stat } from 'node:fs/promises';
import { CellFormat } from './cell-format';
import { LedgerFileError } from './ledger-file-error';
import { Limits, Table, TableOptions, TableSheet } from './table';
import { readNumberFormats, readSharedStrings, readWorkbook, SheetPart, Workbook } from './workbook-parts';
import { readSheetRows } from './xlsx-rows';
import { openParts, ZipParts } from './zip-parts';

// Far more than are shown, and than a header has.
const MOST_MERGED = 1_000;

/** Opens a workbook: checks it, and reads what all its sheets need. */
export async function openWorkbook(path: string, limits: Limits, options: TableOptions): Promise<Table> {
  const parts = await openParts(path, limits);
  try {
    const workbook = await readWorkbook(parts);
    const strings = await readSharedStrings(parts, workbook.stringsPart, limits);
    const formats = await readNumberFormats(parts, workbook.stylesPart);
    const contents = { date1904: workbook.date1904, strings, formats, longestCell: limits.cellLength };
    const fileBytes = (await stat(path)).size;
    const sheets = chosen(workbook, options.sheet).map((sheet): TableSheet => {
      const merged: string[] = [];
      const read = readerOf(parts, sheet, options, fileBytes);
      const again = () => {
        merged.length = 0;
        return read({ ...contents, onMerged: (range) => merged.length < MOST_MERGED && merged.push(range) });
      };
      return { name: sheet.name, merged, rows: { [Symbol.asyncIterator]: again } };
    });
    return { format: 'xlsx', sheets, close: () => parts.close() };
  } catch (error) {
    parts.close();
    throw error;
  }
}

/** The part of the sheet called so; see `TableOptions.sheet`. */
export function chosen(workbook: Workbook, name: string | undefined): SheetPart[] {
  if (name === undefined) {
    const visible = workbook.sheets.filter((sheet) => !sheet.hidden);
    return visible.length > 0 ? visible : workbook.sheets;
  }
  const found = workbook.sheets.filter((sheet) => sheet.name === name);
  if (found.length > 0) return found;
  const names = workbook.sheets.map((sheet) => sheet.name).join('、');
  throw new LedgerFileError('unknown-sheet', {
    zh: `没有名为“${name}”的工作表；现有：${names}`,
    en: `there is no sheet "${name}"; the workbook has: ${names}`,
  });
}

interface Contents {
  strings: readonly string[];
  formats: readonly CellFormat[];
  date1904: boolean;
  longestCell: number;
  onMerged: (range: string) => unknown;
}

function readerOf(parts: ZipParts, sheet: SheetPart, options: TableOptions, fileBytes: number) {
  return async function* (contents: Contents) {
    const unpacked = Math.max(1, parts.size(sheet.part));
    let read = 0;
    const onBytes = (bytes: number) => {
      options.signal?.throwIfAborted();
      read += bytes;
      options.onBytes?.(Math.min(fileBytes, Math.round((read / unpacked) * fileBytes)));
    };
    yield* readSheetRows(await parts.stream(sheet.part), { sheet: sheet.name, ...contents, onBytes });
  };
}
