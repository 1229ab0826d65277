import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CsvError, parse, Parser } from 'csv-parse';
import { ByteSource, decode, detectEncoding } from './encoding';
import { LedgerFileError } from './ledger-file-error';
import { Delimiter, Encoding, Limits, LONGEST_ROW, MOST_COLUMNS, Table, TableOptions, TableRow } from './table';
import { textCell } from './text-cell';
import { damaged } from './zip-parts';

/** How CSV is written; a lone line feed or carriage return in a cell would end the record for some readers. */
export const CSV_WRITING = { record_delimiter: '\r\n', quoted_match: /[\r\n]/ };

/** How a CSV file is to be read again. */
export interface CsvFormat {
  encoding: Encoding;
  delimiter: Delimiter;
}

/** Opens CSV or TSV, packed with gzip or not. The whole of it is decoded once before the first row is handed out. */
export async function openCsv(path: string, limits: Limits, options: TableOptions & { gzip: boolean }): Promise<Table> {
  const name = options.sheet ?? '';
  const bytes = byteSource(path, limits, options.gzip);
  const format = await csvFormat(bytes, options);
  const read = () => readRows(counted(path, limits, options), format, { name, longest: limits.cellLength });
  return {
    format: 'csv',
    encoding: format.encoding,
    sheets: [{ name, merged: [], rows: { [Symbol.asyncIterator]: read } }],
    close: () => undefined,
  };
}

/** Finds out the encoding and the delimiter where they are not given. */
export async function csvFormat(bytes: ByteSource, options: TableOptions): Promise<CsvFormat> {
  const encoding = options.encoding ?? (await detectEncoding(bytes));
  for await (const text of decode(bytes(), encoding)) {
    return { encoding, delimiter: options.delimiter ?? likelyDelimiter(text) };
  }
  return { encoding, delimiter: options.delimiter ?? ',' };
}

/** The bytes of the file, unpacked where it is packed. */
export function byteSource(path: string, limits: Limits, gzip: boolean, onBytes?: (bytes: number) => void): ByteSource {
  return () => unpacked(createReadStream(path, { highWaterMark: 256 * 1024 }), limits, { gzip, onBytes });
}

/** Records with their cells as written, each with its number from 1. */
export async function* readRecords(
  text: AsyncIterable<string>,
  delimiter: Delimiter,
): AsyncGenerator<{ row: number; cells: string[] }> {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    max_record_size: LONGEST_ROW,
  });
  // Errors of the source come out of the parser, which pipeline destroys with them.
  pipeline(Readable.from(whileRecordsEnd(text, parser), { highWaterMark: 1 }), parser, () => undefined);
  let row = 0;
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (cells.length > MOST_COLUMNS) throw tooManyColumns(row + 1);
      yield { row: ++row, cells };
    }
  } catch (error) {
    throw error instanceof CsvError ? brokenCsv(error, row + 1) : error;
  }
}

/** The parser counts the text of a record, but not its delimiters: here ends one that consists of these. */
async function* whileRecordsEnd(text: AsyncIterable<string>, parser: Parser): AsyncGenerator<string> {
  let records = 0;
  let length = 0;
  for await (const piece of text) {
    if (parser.info.records > records) length = 0;
    records = parser.info.records;
    length += piece.length;
    if (length > 4 * LONGEST_ROW) throw tooManyColumns(records + 1);
    yield piece;
  }
}

function counted(path: string, limits: Limits, options: TableOptions & { gzip: boolean }): ByteSource {
  return byteSource(path, limits, options.gzip, (bytes) => {
    options.signal?.throwIfAborted();
    options.onBytes?.(bytes);
  });
}

async function* readRows(
  bytes: ByteSource,
  format: CsvFormat,
  sheet: { name: string; longest: number },
): AsyncGenerator<TableRow> {
  for await (const { row, cells } of readRecords(decode(bytes(), format.encoding), format.delimiter)) {
    const read = cells.map((cell) => textCell(cell, sheet.longest));
    if (read.some((cell) => cell !== undefined)) yield { sheet: sheet.name, row, cells: read };
  }
}

async function* unpacked(
  file: Readable,
  limits: Limits,
  { gzip, onBytes }: { gzip: boolean; onBytes?: (bytes: number) => void },
): AsyncGenerator<Buffer> {
  const source = gzip ? pipeline(counting(file, onBytes), createGunzip(), () => undefined) : counting(file, onBytes);
  let total = 0;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > limits.unpackedBytes) throw tooLarge(limits.unpackedBytes);
      yield chunk;
    }
  } catch (error) {
    throw gzip && isZlibError(error) ? damaged(error) : error;
  } finally {
    file.destroy();
  }
}

async function* counting(file: Readable, onBytes?: (bytes: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const chunk of file as AsyncIterable<Buffer>) {
    read += chunk.length;
    onBytes?.(read);
    yield chunk;
  }
}

/** The one that makes the widest row of the first lines; quoted text does not count. */
export function likelyDelimiter(text: string): Delimiter {
  const outside = text.slice(0, 65_536).replace(/"[^"]*"/g, '');
  const lines = outside.split(/\r\n|\n|\r/).slice(0, 50);
  let best: Delimiter = ',';
  let most = 0;
  for (const candidate of [',', '\t', ';'] as const) {
    const widest = Math.max(...lines.map((line) => line.split(candidate).length));
    if (widest > most) [best, most] = [candidate, widest];
  }
  return best;
}

function isZlibError(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && code.startsWith('Z_');
}

export function tooLarge(bytes: number): LedgerFileError {
  const megabytes = Math.floor(bytes / 1024 / 1024);
  return new LedgerFileError('file-too-large', {
    zh: `文件过大，最多 ${megabytes} MB`,
    en: `the file is too large, at most ${megabytes} MB`,
  });
}

export function notText(): LedgerFileError {
  return new LedgerFileError('not-a-ledger-file', {
    zh: '不是 Excel 工作簿（.xlsx）或 CSV 文件',
    en: 'neither an Excel workbook (.xlsx) nor CSV',
  });
}

function tooManyColumns(row: number): LedgerFileError {
  return new LedgerFileError('broken-csv', {
    zh: `CSV 第 ${row} 行超过 ${MOST_COLUMNS} 列`,
    en: `row ${row} of the CSV has more than ${MOST_COLUMNS} columns`,
  });
}

function brokenCsv(error: CsvError, row: number): LedgerFileError {
  const unclosed = error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE';
  return new LedgerFileError(
    'broken-csv',
    {
      zh: `CSV 第 ${row} 行起无法读取${unclosed ? '：引号没有闭合' : `（${error.message}）`}`,
      en: `the CSV cannot be read from row ${row} on${unclosed ? ': a quote is never closed' : ` (${error.message})`}`,
    },
    { cause: error },
  );
}
