import { Text } from '../project/refusal';
import type { UnitWords } from './amount-unit';

/** A file that may be read more than once, which telling encodings apart needs. */
export interface LedgerSource {
  path: string;
  /** How people know the file, for messages; the path's last part when missing. */
  name?: string;
}

/** A cell as it is written, before anybody knows what it means. */
export interface TableCell {
  /** Trimmed; for a number the shortest decimal that a spreadsheet would show, for a date `YYYY-MM-DD`. */
  text: string;
  /** Only workbooks know numbers and dates; in CSV everything is text. */
  kind: 'text' | 'number' | 'date';
  /** The unit of money that the format of a number shows beside it. */
  unit?: UnitWords | 'unclear';
  /**
   * With how many digits at least the format of a number shows it; unclear where it shows words, groups or signs that are
   * not in what is stored. Missing where the number is shown as it is.
   */
  digits?: number | 'unclear';
  /** Why the cell has no value that can be trusted: an error value, a formula that was never calculated. */
  problem?: { code: string; text: Text };
}

/** One row of a table; `cells` is sparse: index 0 is column A. */
export interface TableRow {
  sheet: string;
  /** From 1, as a spreadsheet shows it. */
  row: number;
  cells: (TableCell | undefined)[];
  /** Hidden in the workbook, by hand or by a filter. */
  hidden?: boolean;
}

/** The rows of one sheet, or of a CSV file, in order; rows in which nothing is written are left out. */
export interface TableSheet {
  name: string;
  /** Can be iterated again and again. */
  rows: AsyncIterable<TableRow>;
  /** Ranges merged over several rows (`C5:C9`), the first thousand; a workbook tells them behind the last row. */
  merged: string[];
}

export interface Table {
  format: 'xlsx' | 'csv';
  encoding?: Encoding;
  /** Visible sheets in their order, or the one asked for; a CSV file has one. */
  sheets: TableSheet[];
  /** Closes the file. */
  close(): void;
}

export type Encoding = 'utf-8' | 'gb18030' | 'windows-1252' | 'utf-16le';

export type Delimiter = ',' | ';' | '\t';

export interface TableOptions {
  /** Sheet of a workbook by name; without it all visible sheets are offered in their order. */
  sheet?: string;
  /** For CSV: decodes with this instead of telling UTF-8 and GB18030 apart. */
  encoding?: Encoding;
  /** For CSV: instead of finding it out. */
  delimiter?: Delimiter;
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  /** Called with the bytes of the file read so far; for a workbook an estimate. */
  onBytes?: (bytes: number) => void;
}

export interface Limits {
  /** Size of the file as it lies on the disk. */
  fileBytes: number;
  /** Size of everything a workbook or a `.csv.gz` unpacks to. */
  unpackedBytes: number;
  /** Texts of a workbook are held in memory: this much of its table of texts. */
  sharedStringBytes: number;
  /** Unpacked to packed, per part of a workbook: what compresses better than this is an attack. */
  compression: number;
  /** Parts of a workbook. */
  entries: number;
  /** Rows that are not blank. */
  rows: number;
  /** Characters of one cell; 32,767 is also Excel's own limit. */
  cellLength: number;
}

export const LIMITS: Readonly<Limits> = {
  fileBytes: 100 * 1024 * 1024,
  unpackedBytes: 1024 * 1024 * 1024,
  sharedStringBytes: 96 * 1024 * 1024,
  compression: 100,
  entries: 2_000,
  rows: 200_000,
  cellLength: 32_767,
};

/** Columns of a sheet (`XFD` is the last), and of CSV. */
export const MOST_COLUMNS = 16_384;

/** Characters of one row; it is held in memory as a whole. */
export const LONGEST_ROW = 1024 * 1024;

/** `D17` for column 3 (counted from 0) of row 17. */
export function cellAddress(column: number, row: number): string {
  return `${columnLetters(column)}${row}`;
}

/** `A` for 0, `AA` for 26. */
export function columnLetters(column: number): string {
  let letters = '';
  for (let rest = column; rest >= 0; rest = Math.floor(rest / 26) - 1) {
    letters = String.fromCharCode(65 + (rest % 26)) + letters;
  }
  return letters;
}
