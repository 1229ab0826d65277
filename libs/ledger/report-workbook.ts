import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'csv-stringify/sync';
import { ZipFile } from 'yazl';
import { isPlaceholder } from './cell-result';
import { byteSource, CSV_WRITING, CsvFormat, csvFormat, readRecords } from './csv-table';
import { disarm, rearm } from './disarm';
import { decode } from './encoding';
import { fileFormat, openTable } from './read-table';
import { RemarkColumn, withRemarks } from './sheet-remarks';
import { LedgerSource, Limits, LIMITS, TableOptions } from './table';
import { readWorkbook } from './workbook-parts';
import { chosen } from './xlsx-table';
import { openParts, ZipParts } from './zip-parts';

/** What is said of one row; `row` as in `PlacedRow`, ascending. */
export interface RowRemark {
  row: number;
  text: string;
}

export interface ReportOptions extends TableOptions {
  language: 'zh' | 'en';
  /** The sheet and header row that were read (`LedgerSummary`); the column's own header goes there. */
  sheet: string;
  headerRow: number;
}

/**
 * The same file with one column more, which says what became of each row: for a workbook the workbook, with all its
 * sheets, formats and formulas (a spreadsheet program knows it for a foreign one); for CSV the CSV, as UTF-8 with a byte
 * order mark, in which what looks like a formula is disarmed. Ends the stream. Throws `LedgerFileError`.
 */
export async function writeReport(
  source: LedgerSource,
  remarks: AsyncIterable<RowRemark> | Iterable<RowRemark>,
  out: Writable,
  options: ReportOptions,
): Promise<void> {
  const limits = { ...LIMITS, ...options.limits };
  const format = await fileFormat(source.path, limits);
  const column: RemarkColumn = {
    index: await usedWidth(source, options),
    headerRow: options.headerRow,
    header: options.language === 'zh' ? '导入结果' : 'Import outcome',
    remarkOn: inOrder(remarks),
  };
  if (format === 'xlsx') return writeWorkbook(source, column, out, { ...options, limits });
  const bytes = byteSource(source.path, limits, format === 'csv.gz');
  const csv = await csvFormat(bytes, options);
  await pipeline(Readable.from(csvLines(decode(bytes(), csv.encoding), csv, column)), out);
}

/** Columns from the first to the last in which something is written. */
async function usedWidth(source: LedgerSource, options: ReportOptions): Promise<number> {
  const table = await openTable(source, { ...options, onBytes: undefined });
  let width = 0;
  try {
    for await (const row of table.sheets[0]?.rows ?? []) width = Math.max(width, row.cells.length);
  } finally {
    table.close();
  }
  return width;
}

/** Walks along the remarks as the rows come by. */
function inOrder(remarks: AsyncIterable<RowRemark> | Iterable<RowRemark>): RemarkColumn['remarkOn'] {
  const iterator = walk(remarks);
  let next: Promise<IteratorResult<RowRemark, undefined>> | undefined;
  return async (row) => {
    for (;;) {
      const { value: remark } = await (next ??= iterator.next());
      if (!remark || remark.row > row) return undefined;
      next = undefined;
      if (remark.row === row) return remark.text;
    }
  };
}

async function* walk(remarks: AsyncIterable<RowRemark> | Iterable<RowRemark>): AsyncGenerator<RowRemark, undefined> {
  yield* remarks;
  return undefined;
}

async function writeWorkbook(
  source: LedgerSource,
  column: RemarkColumn,
  out: Writable,
  options: ReportOptions & { limits: Limits },
): Promise<void> {
  const parts = await openParts(source.path, options.limits);
  try {
    const workbook = await readWorkbook(parts);
    const sheet = chosen(workbook, options.sheet)[0]?.part ?? '';
    const zip = new ZipFile();
    const failed = Promise.withResolvers<never>();
    zip.on('error', failed.reject);
    for (const [name, entry] of parts.entries) {
      if (entry.fileName.endsWith('/')) continue;
      zip.addReadStreamLazy(entry.fileName, { mtime: entry.getLastModDate() }, (done) => {
        open(parts, name, name === sheet.toLowerCase() ? column : undefined).then(
          (stream) => done(null, stream),
          (error: unknown) => done(error, Readable.from([])),
        );
      });
    }
    zip.end();
    await Promise.race([pipeline(zip.outputStream, out), failed.promise]);
  } catch (error) {
    out.destroy();
    throw error;
  } finally {
    parts.close();
  }
}

async function open(parts: ZipParts, name: string, column: RemarkColumn | undefined): Promise<Readable> {
  const stream = await parts.stream(name);
  return column ? Readable.from(withRemarks(stream, column), { objectMode: false }) : stream;
}

async function* csvLines(text: AsyncIterable<string>, csv: CsvFormat, column: RemarkColumn): AsyncGenerator<string> {
  yield '\ufeff';
  for await (const { row, cells: written } of readRecords(text, csv.delimiter)) {
    // What the file has disarmed itself stays as it is, and what stands for a blank, so that it is read as before.
    const cells = written.map((cell) => (isPlaceholder(cell) ? cell.trim() : disarm(rearm(cell))));
    const remark = row === column.headerRow ? column.header : row > column.headerRow && (await column.remarkOn(row));
    if (remark) {
      while (cells.length < column.index) cells.push('');
      cells[column.index] = disarm(remark);
    }
    yield stringify([cells], { ...CSV_WRITING, delimiter: csv.delimiter });
  }
}
