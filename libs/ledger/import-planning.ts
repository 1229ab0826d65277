import { CivilDate } from '../project/civil-date';
import { Milestone } from '../project/events';
import { Money } from '../project/money';
import { DecisionContext } from '../project/programme-facts';
import { Rehearsal } from './import-rehearsal';
import { CellError, LedgerField, LedgerRow } from './ledger-row';

export interface PlanContext {
  decision: DecisionContext;
  /** Where the row stands, as evidence and in reasons: `台账.xlsx#Sheet1!17`. */
  reference: string;
  /** Codes a clerk may write for; undefined for everybody else. */
  prefectures?: readonly string[];
  /** Of the conferences that rows name, those that were never recorded. */
  unknownConferences?: ReadonlySet<string>;
  /** When a termination of the project was revoked last. */
  reopenedOn?: CivilDate;
  /** Only of a full snapshot of a register: milestones of which a blank cell says that they did not happen. */
  blankRevokes?: readonly Milestone[];
}

/** What a row is about while it is planned. */
export interface Planning {
  row: LedgerRow;
  context: PlanContext;
  rehearsal: Rehearsal;
  notes: PlanNote[];
}

/** `from`: of which field the value is, where it is not the note's own; that one's cell is to be shown. */
export interface PlanNote extends CellError {
  from?: LedgerField;
}

export function reasonOf({ context }: Planning): string {
  return `据台账 ${context.reference} / as the ledger says: ${context.reference}`;
}

/** An error for every field of the record that has no value. */
export function missing(fields: Partial<Record<LedgerField, string | undefined>>): CellError[] {
  return Object.entries(fields)
    .filter(([, value]) => !value)
    .map(([field]) => ({ field: field as LedgerField, code: 'required', text: { zh: '必填', en: 'is required' } }));
}

/** Without the keys that say nothing, so that the same row gives the same command. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** `≥` before what is a lower bound; empty for nothing. */
export function amountText(money: Money | undefined): string {
  return money ? `${money.bound === 'at-least' ? '≥' : ''}${money.value}` : '';
}

/** The row's silence (`undefined`) differs from nothing. */
export function isSameMoney(known: Money | undefined, wanted: Money | undefined): boolean {
  return !wanted || (known?.value === wanted.value && known.bound === wanted.bound);
}
