import { Text } from '../project/refusal';

/** Why a whole file cannot be read. A single bad cell is a `CellError` instead. */
export type LedgerFileErrorCode =
  | 'empty-file'
  | 'file-too-large'
  | 'not-a-ledger-file'
  | 'encrypted'
  | 'damaged'
  | 'zip-bomb'
  | 'broken-encoding'
  | 'broken-csv'
  | 'unknown-sheet'
  | 'no-header'
  | 'another-header'
  | 'duplicate-column'
  | 'missing-column'
  | 'unclear-unit'
  | 'too-many-rows';

/** Thrown while a file is opened or read, before or between rows; the process and other imports are not touched. */
export class LedgerFileError extends Error {
  override readonly name = 'LedgerFileError';
  constructor(
    readonly code: LedgerFileErrorCode,
    readonly text: Text,
    options?: ErrorOptions,
  ) {
    super(text.en, options);
  }
}
