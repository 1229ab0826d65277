import { CivilDate } from '../project/civil-date';
import { IntentAgreement, Status } from '../project/events';
import { Money } from '../project/money';

/**
 * One row of a ledger (台账), cleaned: codes resolved, dates as civil dates, money in the programme's currency. A cell
 * that is empty or whose column is missing is `undefined`, which says nothing: an import never undoes what a ledger omits.
 */
export interface LedgerRow {
  /** The project's id (UUID), as exports carry it. Either this or `code` names the project. */
  id?: string;
  code?: string;
  title?: string;
  investor?: string;
  origin?: string;
  prefecture?: string;
  cluster?: string;
  industry?: string;
  estimatedInvestment?: Money;
  responsibleUnit?: string;
  responsiblePerson?: string;
  conference?: string;
  proposedOn?: CivilDate;
  promotedOn?: CivilDate;
  venue?: string;
  intentAgreement?: IntentAgreement;
  intentAmount?: Money;
  intentSignedOn?: CivilDate;
  investmentAmount?: Money;
  investmentSignedOn?: CivilDate;
  /** What the last signing was revised to; nothing where its own amount still holds. Compared, and never recorded. */
  revisedCommitment?: Money;
  plannedStart?: CivilDate;
  plannedCompletion?: CivilDate;
  legalEntity?: string;
  landedOn?: CivilDate;
  landingEvidence?: string;
  constructionStartedOn?: CivilDate;
  /** Received altogether up to `fundsReceivedOn`; the import records the difference to what is known. */
  fundsReceived?: Money;
  fundsReceivedOn?: CivilDate;
  operatingOn?: CivilDate;
  operationEvidence?: string;
  status?: Status;
  statusSince?: CivilDate;
  statusReason?: string;
}

export type LedgerField = keyof LedgerRow;

/** A row where it stood in the file: numbers count from 1 as the spreadsheet shows them. */
export interface PlacedRow {
  sheet: string;
  row: number;
  fields: LedgerRow;
  /** The cells as they were written, for messages and for the workbook of errors. */
  raw: Partial<Record<LedgerField, string>>;
  /** Where each field stands, `D17`, whether its cell is empty or not. */
  cells: Partial<Record<LedgerField, string>>;
  /** Cells that could not be read: the row is refused. */
  errors: CellError[];
  /** What was converted on the way, such as 亿元 into 元. */
  notes: CellError[];
}

/** What is wrong with (or was done to) a cell, or the row when no field is named. */
export interface CellError {
  field?: LedgerField;
  /** `D17`: column and row as a spreadsheet shows them, also for CSV. */
  cell?: string;
  code: string;
  text: { zh: string; en: string };
}
