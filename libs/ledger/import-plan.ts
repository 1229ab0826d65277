import { ProjectCommand } from '../project/commands';
import { normalCode } from '../project/normal-text';
import { ProjectState } from '../project/state';
import { checkCommitment } from './import-commitment';
import { correctMilestones, fallBack, recordMilestones } from './import-milestones';
import { remainingDifferences } from './import-notes';
import { receiveFunds } from './import-funds';
import { defined, missing, PlanContext, Planning, PlanNote } from './import-planning';
import { Rehearsal } from './import-rehearsal';
import { assignResponsibility, changeStatus, checkReopening, checkTermination, resume } from './import-status';
import { CellError, LedgerField, LedgerRow } from './ledger-row';

export interface RowPlan {
  outcome: 'create' | 'change' | 'unchanged' | 'refuse';
  /** In the order they are decided; empty unless something is created or changed. */
  commands: ProjectCommand[];
  errors: CellError[];
  /** Differences that no event can express, and what was assumed. */
  notes: PlanNote[];
}

/**
 * Compares a ledger row with what is known of its project (`undefined`: nothing) and derives the commands that record
 * the difference, decided in memory, so that a dry run refuses what the real run would. A blank cell says nothing.
 * A changed date or amount of a milestone that stands is a correction of it, also the amount of a signing: a revised
 * commitment is recorded by its own command, and where one stands no amount is corrected ({@link checkCommitment}).
 */
export function planRow(row: LedgerRow, state: ProjectState | undefined, context: PlanContext): RowPlan {
  const errors = checkRow(row, state, context);
  const rehearsal = new Rehearsal(state, context.decision, context.unknownConferences);
  const notes: PlanNote[] = [];
  const planning: Planning = { row, context, rehearsal, notes };
  if (errors.length === 0) rehearse(planning, state);
  errors.push(...rehearsal.errors);
  if (errors.length > 0) return { outcome: 'refuse', commands: [], errors, notes: [] };
  notes.push(...remainingDifferences(row, rehearsal.state));
  const outcome = rehearsal.commands.length === 0 ? 'unchanged' : state ? 'change' : 'create';
  return { outcome, commands: rehearsal.commands, errors, notes };
}

/** Corrections first, then what is new in the order of a project's life, then what ends it. */
function rehearse(planning: Planning, state: ProjectState | undefined): void {
  if (state) {
    checkReopening(planning);
    checkTermination(planning);
    fallBack(planning, state);
    correctMilestones(planning);
    resume(planning);
  } else {
    propose(planning);
  }
  recordMilestones(planning);
  checkCommitment(planning);
  receiveFunds(planning);
  changeStatus(planning);
  assignResponsibility(planning);
}

function propose({ row, rehearsal, notes }: Planning): void {
  const from = row.proposedOn ? 'proposedOn' : earliestDate(row);
  const occurredOn = from && row[from];
  const { title, investor, origin, prefecture } = row;
  if (!occurredOn || !title || !investor || !origin || !prefecture) {
    rehearsal.errors.push(...missing({ title, investor, origin, prefecture, proposedOn: occurredOn }));
    return;
  }
  if (from !== 'proposedOn') {
    notes.push({
      field: 'proposedOn',
      from,
      code: 'date-assumed',
      text: {
        zh: `未填谋划日期，按最早的日期 ${occurredOn} 计`,
        en: `no date of the proposal: taken as the earliest date of the row, ${occurredOn}`,
      },
    });
  }
  const { code, cluster, industry, estimatedInvestment, responsibleUnit, conference } = row;
  const optional = { code, cluster, industry, estimatedInvestment, responsibleUnit, conference };
  rehearsal.carryOut({
    type: 'Propose',
    data: { occurredOn, title, investor, origin, prefecture, ...defined(optional) },
  });
}

function checkRow(row: LedgerRow, state: ProjectState | undefined, { prefectures }: PlanContext): CellError[] {
  return [
    ...(prefectures ? checkPrefecture(state?.proposal.prefecture ?? row.prefecture, prefectures) : []),
    ...(state && row.code ? checkSameCode(row.code, state.proposal.code) : []),
  ];
}

/** A clerk's row without a prefecture is refused for that alone. */
function checkPrefecture(prefecture: string | undefined, allowed: readonly string[]): CellError[] {
  if (!prefecture || allowed.includes(prefecture)) return [];
  const text = { zh: `无权登记 ${prefecture} 的项目`, en: `you may not write for ${prefecture}` };
  return [{ field: 'prefecture', code: 'prefecture-forbidden', text }];
}

function checkSameCode(code: string, known: string | undefined): CellError[] {
  if (normalCode(code) === normalCode(known ?? '')) return [];
  const text = {
    zh: known ? `该项目的编号是 ${known}` : '该项目没有编号',
    en: known ? `the project with this id has the code ${known}` : 'the project with this id has no code',
  };
  return [{ field: 'code', code: 'code-mismatch', text }];
}

const DATES = [
  'promotedOn',
  'intentSignedOn',
  'investmentSignedOn',
  'landedOn',
  'constructionStartedOn',
  'fundsReceivedOn',
  'operatingOn',
  'statusSince',
] as const satisfies readonly LedgerField[];

/** The field of it; of several with the same date, the first in the order of a project's life. */
function earliestDate(row: LedgerRow): (typeof DATES)[number] | undefined {
  const said = DATES.filter((field) => row[field] !== undefined);
  return said.sort((a, b) => (row[a] ?? '').localeCompare(row[b] ?? ''))[0];
}
