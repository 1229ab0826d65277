import { Writable } from 'node:stream';
import { LedgerSource, TableOptions } from './table';

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

/** The same file with one column more, which says what became of each row: a workbook for a workbook, CSV for CSV. */
export declare function writeReport(
  source: LedgerSource,
  remarks: AsyncIterable<RowRemark> | Iterable<RowRemark>,
  out: Writable,
  options: ReportOptions,
): Promise<void>;
