import { ColumnField } from './columns';
import { CellError, PlacedRow } from './ledger-row';
import { Encoding, LedgerSource, TableOptions } from './table';
import { LedgerVocabulary } from './vocabulary';

export interface ReadOptions extends TableOptions {
  vocabulary: LedgerVocabulary;
}

/** What was found out about the file; complete when the last row has been read. */
export interface LedgerSummary {
  format: 'xlsx' | 'csv';
  encoding?: Encoding;
  sheet: string;
  /** Row of the header, its last row when it has two. */
  headerRow: number;
  /** Recognised columns, left to right. */
  columns: { field: ColumnField; letters: string; header: string }[];
  /** Data rows that were handed out, whether they have errors or not. */
  rows: number;
  blankRows: number;
  totalRows: number;
  /** What concerns the file as a whole: columns nobody knows, units taken from headers, hidden rows. */
  notes: CellError[];
}

/** Rows as they are read. `summary` may be looked at once iteration has begun. */
export interface LedgerReading extends AsyncIterable<PlacedRow> {
  readonly summary: LedgerSummary;
}

/**
 * Reads a ledger row by row; memory does not grow with the file. A cell that cannot be read is an error of its row; a
 * file that cannot be read throws a `LedgerFileError` from the iteration.
 */
export declare function readLedger(source: LedgerSource, options: ReadOptions): LedgerReading;
