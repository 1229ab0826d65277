import { Text } from '../project/refusal';
import { LEDGER_COLUMNS } from './columns';
import { LedgerField } from './ledger-row';

const NAMES = new Map<string, Text>(LEDGER_COLUMNS.map(({ field, header }) => [field, header]));

/** What exports call the column of a field. */
export function columnName(field: LedgerField): Text {
  return NAMES.get(field) ?? { zh: field, en: field };
}
