import { once } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import type ExcelJS from 'exceljs';
import { CSV_WRITING } from './csv-table';
import { LedgerRow } from './ledger-row';
import { columnLetters } from './table';
import { WrittenCell, writtenCell, WriteOptions, WrittenColumn, writtenHeader, WRITTEN_COLUMNS } from './written-cell';

type Rows = AsyncIterable<LedgerRow> | Iterable<LedgerRow>;

/**
 * Writes a workbook that `readLedger` reads back without a difference, then ends the stream. Rows are pulled as fast as
 * the stream takes them. Rejects with the error of the rows or the stream; the stream is destroyed then.
 */
export async function writeLedgerXlsx(rows: Rows, out: Writable, options: WriteOptions): Promise<void> {
  const ended = finished(out);
  // Whatever is thrown below comes first; without this the stream's own error would be nobody's.
  ended.catch(() => undefined);
  try {
    // Loaded when it is needed: a fifth of the time that a program takes to start.
    const { default: exceljs } = await import('exceljs');
    const workbook = new exceljs.stream.xlsx.WorkbookWriter({ stream: out, useStyles: true, useSharedStrings: false });
    const sheet = addSheet(workbook, options);
    let count = 0;
    for await (const row of rows) {
      addRow(sheet, row, options);
      if (++count % PAUSE_EVERY === 0) await room(out);
    }
    sheet.commit();
    await Promise.race([workbook.commit(), ended]);
    await ended;
  } catch (error) {
    out.destroy(error instanceof Error ? error : undefined);
    throw error;
  }
}

/** The same as UTF-8 CSV with a byte order mark, without a title. */
export async function writeLedgerCsv(rows: Rows, out: Writable, options: WriteOptions): Promise<void> {
  await pipeline(Readable.from(csvLines(rows, options)), out);
}

async function* csvLines(rows: Rows, options: WriteOptions): AsyncGenerator<string> {
  yield `\ufeff${stringify([WRITTEN_COLUMNS.map((column) => writtenHeader(column, options))], CSV_WRITING)}`;
  for await (const row of rows) {
    yield stringify([WRITTEN_COLUMNS.map((column) => csvText(writtenCell(row, column, options)))], CSV_WRITING);
  }
}

function csvText(cell: WrittenCell | undefined): string {
  return cell === undefined ? '' : cell.kind === 'date' ? cell.date : cell.text;
}

// Compression works between the turns of the event loop; without a pause it would never get one.
const PAUSE_EVERY = 100;

async function room(out: Writable): Promise<void> {
  await setImmediate();
  if (out.errored) throw out.errored;
  if (out.writableNeedDrain) await Promise.race([once(out, 'drain'), once(out, 'close')]);
}

const WIDTHS = { text: 18, date: 13, money: 20 } as const;

/** One object each: exceljs looks a style up anew for every cell unless it has met the very object before. */
const PLAIN: Partial<ExcelJS.Style> = {};
const STYLES: Partial<Record<WrittenColumn['kind'], Partial<ExcelJS.Style>>> = {
  date: { numFmt: 'yyyy-mm-dd' },
  money: { numFmt: '#,##0.00' },
};

function addRow(sheet: ExcelJS.Worksheet, content: LedgerRow, options: WriteOptions): void {
  const row = sheet.addRow([]);
  WRITTEN_COLUMNS.forEach((column, at) => {
    const cell = writtenCell(content, column, options);
    // A cell that is not touched costs nothing; most of a row is empty.
    if (cell === undefined) return;
    const written = row.getCell(at + 1);
    written.value = excelValue(cell);
    written.style = STYLES[column.kind] ?? PLAIN;
  });
  row.commit();
}

function addSheet(workbook: ExcelJS.stream.xlsx.WorkbookWriter, options: WriteOptions): ExcelJS.Worksheet {
  const name = options.language === 'zh' ? '项目台账' : 'Projects';
  const sheet = workbook.addWorksheet(name, { views: [{ state: 'frozen', xSplit: 3, ySplit: 2 }] });
  sheet.columns = WRITTEN_COLUMNS.map(({ kind }) => {
    const width = kind === 'date' || kind === 'money' ? WIDTHS[kind] : WIDTHS.text;
    return { width, style: STYLES[kind] };
  });
  const title = sheet.addRow([excelText(options.title ?? (options.language === 'zh' ? '项目台账' : 'Project ledger'))]);
  title.font = { bold: true, size: 14 };
  sheet.mergeCells(`A1:${columnLetters(WRITTEN_COLUMNS.length - 1)}1`);
  title.commit();
  const header = sheet.addRow(WRITTEN_COLUMNS.map((column) => writtenHeader(column, options)));
  header.font = { bold: true };
  header.alignment = { wrapText: true, vertical: 'middle', horizontal: 'center' };
  header.commit();
  return sheet;
}

function excelValue(cell: WrittenCell): string | number | Date {
  if (cell.kind === 'date') return new Date(`${cell.date}T00:00:00Z`);
  if (cell.kind === 'amount') return cell.number ?? cell.text;
  return excelText(cell.text);
}

/** In a workbook `_x000D_` stands for a character; text that only looks so needs its underscore written like that. */
function excelText(text: string): string {
  return text.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_');
}
