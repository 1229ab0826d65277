import { Writable } from 'node:stream';
import { LedgerRow } from './ledger-row';
import { NameOf } from './vocabulary';

export interface WriteOptions {
  language: 'zh' | 'en';
  /** Names instead of codes for regions, partners and clusters; reading resolves them back. */
  nameOf?: NameOf;
  /** Written over the header of a workbook. */
  title?: string;
}

/**
 * Writes a workbook that `readLedger` reads back without a difference, then ends the stream. Rows are pulled as fast as
 * the stream takes them.
 */
export declare function writeLedgerXlsx(
  rows: AsyncIterable<LedgerRow> | Iterable<LedgerRow>,
  out: Writable,
  options: WriteOptions,
): Promise<void>;

/** The same as UTF-8 CSV with BOM, without a title. */
export declare function writeLedgerCsv(
  rows: AsyncIterable<LedgerRow> | Iterable<LedgerRow>,
  out: Writable,
  options: WriteOptions,
): Promise<void>;
