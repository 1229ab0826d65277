import { open, stat } from 'node:fs/promises';
import { notText, openCsv, tooLarge } from './csv-table';
import { LedgerFileError } from './ledger-file-error';
import { LedgerSource, Limits, LIMITS, Table, TableOptions } from './table';
import { openWorkbook } from './xlsx-table';
import { encrypted } from './zip-parts';

export type FileFormat = 'xlsx' | 'csv' | 'csv.gz';

/** Opens a workbook or CSV (also `.csv.gz`), told apart by content. Throws a `LedgerFileError`. */
export async function openTable(source: LedgerSource, options: TableOptions = {}): Promise<Table> {
  const limits: Limits = { ...LIMITS, ...options.limits };
  const format = await fileFormat(source.path, limits);
  if (format === 'xlsx') return openWorkbook(source.path, limits, options);
  return openCsv(source.path, limits, { ...options, gzip: format === 'csv.gz' });
}

/** By the first bytes, not by the name. Throws for what is too large, empty or of another kind. */
export async function fileFormat(path: string, limits: Limits): Promise<FileFormat> {
  const { size } = await stat(path);
  if (size > limits.fileBytes) throw tooLarge(limits.fileBytes);
  if (size === 0) throw new LedgerFileError('empty-file', { zh: '文件是空的', en: 'the file is empty' });
  const start = await bytesAt(path, 0);
  if (start.subarray(0, 2).equals(GZIP)) return 'csv.gz';
  if (start.subarray(0, 4).equals(ZIP)) return 'xlsx';
  if (start.subarray(0, 8).equals(COMPOUND)) throw await compoundFile(path, size);
  // UTF-16 has zeros between its letters, and its mark says so.
  if (start.includes(0) && !start.subarray(0, 2).equals(UTF_16)) throw notText();
  return 'csv';
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZIP = Buffer.from('PK\x03\x04', 'latin1');
const UTF_16 = Buffer.from([0xff, 0xfe]);
const COMPOUND = Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
const PROBE = 1024 * 1024;

/** A compound file is an old `.xls`, or a workbook with a password: then it has a part of this name near one of its ends. */
async function compoundFile(path: string, size: number): Promise<LedgerFileError> {
  const name = Buffer.from('EncryptedPackage', 'utf16le');
  const ends = [await bytesAt(path, 0), await bytesAt(path, Math.max(0, size - PROBE))];
  if (ends.some((end) => end.includes(name))) return encrypted();
  return new LedgerFileError('not-a-ledger-file', {
    zh: '旧版 Excel 格式（.xls）不能读取，请另存为 .xlsx 或 CSV',
    en: 'the old Excel format (.xls) cannot be read; save the file as .xlsx or CSV',
  });
}

async function bytesAt(path: string, position: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const buffer = Buffer.alloc(PROBE);
    const { bytesRead } = await file.read(buffer, 0, PROBE, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
