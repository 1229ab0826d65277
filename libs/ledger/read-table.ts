import { Encoding, LedgerSource, TableOptions, TableRow } from './table';

/** The rows of one sheet, or of a CSV file. Blank rows are left out; rows come in order. */
export interface TableSheet {
  name: string;
  rows: AsyncIterable<TableRow>;
}

export interface Table {
  format: 'xlsx' | 'csv';
  encoding?: Encoding;
  /** Visible sheets in their order (or the one asked for); a CSV file has one. Sheets can be read again and again. */
  sheets: TableSheet[];
  /** Closes the file. */
  close(): void;
}

/** Opens a workbook or CSV (also `.csv.gz`), told apart by content. Throws a `LedgerFileError`. */
export declare function openTable(source: LedgerSource, options?: TableOptions): Promise<Table>;
