import { CivilDate } from '../project/civil-date';
import { IntentAgreement, Status } from '../project/events';
import { Money } from '../project/money';
import { LedgerColumn, LEDGER_COLUMNS } from './columns';
import { disarm } from './disarm';
import { LedgerField, LedgerRow } from './ledger-row';
import { NameOf } from './vocabulary';
import { INTENT_LABELS, STATUS_LABELS } from './word-cell';

export interface WriteOptions {
  language: 'zh' | 'en';
  /** Names instead of codes for regions, partners and clusters; reading resolves them back. */
  nameOf?: NameOf;
  /** Stands in the headers of amounts, so that nobody has to guess. */
  currency?: string;
  /** Written over the header of a workbook. */
  title?: string;
}

/** What is written into a cell: a text, a day, or an amount as text and, where no digit is lost, as a number. */
export type WrittenCell =
  | { kind: 'text'; text: string }
  | { kind: 'date'; date: CivilDate }
  | { kind: 'amount'; text: string; number?: number };

export interface WrittenColumn extends LedgerColumn {
  field: LedgerField;
}

/** Columns of an export, in their order. */
export const WRITTEN_COLUMNS: readonly WrittenColumn[] = LEDGER_COLUMNS.filter(
  (column): column is WrittenColumn => !['agreement', 'signedAmount', 'signedOn'].includes(column.field),
);

/** The column's header, for amounts with their unit. */
export function writtenHeader(column: WrittenColumn, { language, currency }: WriteOptions): string {
  const header = column.header[language];
  if (column.kind !== 'money' || currency === undefined) return header;
  return language === 'zh' ? `${header}（${currency === 'CNY' ? '元' : currency}）` : `${header} (${currency})`;
}

export function writtenCell(row: LedgerRow, column: WrittenColumn, options: WriteOptions): WrittenCell | undefined {
  const content = row[column.field];
  if (content === undefined) return undefined;
  if (typeof content !== 'string') return amount(content);
  if (column.kind === 'date') return { kind: 'date', date: content };
  return { kind: 'text', text: disarm(wordFor(content, column, options)) };
}

function wordFor(content: string, { kind }: WrittenColumn, { language, nameOf }: WriteOptions): string {
  switch (kind) {
    case 'place':
    case 'partner':
    case 'cluster':
      return nameOf?.(kind, content)?.[language] ?? content;
    case 'intent':
      return INTENT_LABELS[content as IntentAgreement][language];
    case 'status':
      return STATUS_LABELS[content as Status][language];
    default:
      return content;
  }
}

// Fifteen digits are all that a spreadsheet keeps of a number, two of them behind the point.
const MOST_EXACT = 1e13;

function amount({ value, bound }: Money): WrittenCell {
  if (bound === 'at-least') return { kind: 'amount', text: `≥${value}` };
  const number = Number(value);
  return number < MOST_EXACT ? { kind: 'amount', text: value, number } : { kind: 'amount', text: value };
}
