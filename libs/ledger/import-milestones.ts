import { CivilDate } from '../project/civil-date';
import { ProjectCommand } from '../project/commands';
import { Evidence, Milestone, Stage } from '../project/events';
import { followers, stageOf } from '../project/milestone-order';
import { Money } from '../project/money';
import { ProjectState, StandingMilestone } from '../project/state';
import { fundsDifference } from './import-funds';
import { defined, isSameMoney, missing, Planning, reasonOf } from './import-planning';
import { AMOUNT_FIELDS, DATE_FIELDS } from './import-rehearsal';
import { LedgerRow } from './ledger-row';

/** Milestones with a column of their own, in the order of a project's life. Funds and the status are told otherwise. */
const AFTER_PROPOSAL = [
  'promoted',
  'intent-signed',
  'investment-signed',
  'landed',
  'construction-started',
  'operating',
] as const satisfies readonly Milestone[];
const LIFE = ['proposed', ...AFTER_PROPOSAL] as const;

type LifeMilestone = (typeof LIFE)[number];

/**
 * Revokes, latest first, what a full snapshot no longer says, and a termination that is over or that something new has
 * to be recorded under. What was revoked only because it stood on top is recorded again later.
 */
export function fallBack(planning: Planning, state: ProjectState): void {
  const falling = fallingBack(planning, state);
  for (const milestone of [...LIFE, 'terminated' as const].toReversed()) {
    if (!falling.has(milestone)) continue;
    const data = { milestone, ...(milestone === 'terminated' && reopening(planning)) };
    planning.rehearsal.carryOut({ type: 'RevokeMilestone', data: { reason: reasonOf(planning), ...data } });
  }
}

/** Why, and since when, where the status date is not that of the termination, which is recorded again. */
function reopening({ row }: Planning): { occurredOn?: CivilDate; reason?: string } {
  const occurredOn = row.status === 'terminated' ? undefined : row.statusSince;
  return defined({ occurredOn, reason: row.statusReason });
}

function fallingBack({ row, context }: Planning, state: ProjectState): Set<Milestone> {
  const revocable = context.blankRevokes ?? [];
  const falling = new Set<Milestone>();
  const standsOnFalling = (milestone: Milestone) =>
    [...falling].some((fallen) => followers(state, fallen).some((follower) => follower.milestone === milestone));
  for (const milestone of AFTER_PROPOSAL.filter((candidate) => revocable.includes(candidate))) {
    if (!find(state, milestone)) continue;
    if (!wantedDate(row, milestone) || standsOnFalling(milestone)) falling.add(milestone);
  }
  if (state.status === 'terminated' && isReopened(row, state, falling)) falling.add('terminated');
  return falling;
}

function isReopened(row: LedgerRow, state: ProjectState, falling: ReadonlySet<Milestone>): boolean {
  if (!row.status) return false;
  const remaining = state.milestones.filter(({ milestone }) => !falling.has(milestone));
  return row.status !== 'terminated' || falling.size > 0 || hasNews(row, { ...state, milestones: remaining });
}

function hasNews(row: LedgerRow, state: ProjectState): boolean {
  const stage = stageOf(state.milestones);
  const isNew = (milestone: LifeMilestone) =>
    wantedDate(row, milestone) !== undefined && !find(state, milestone) && !isPassed(milestone, stage);
  return LIFE.some(isNew) || fundsDifference(row, state) !== undefined;
}

/**
 * Corrects changed dates and amounts of standing milestones. Those that move to a later day go first, from the last to
 * the first, then those that move to an earlier one, from the first to the last: so no step breaks the order of dates
 * where the result does not.
 */
export function correctMilestones(planning: Planning): void {
  const { state } = planning.rehearsal;
  if (!state) return;
  const changes = [...LIFE, 'terminated' as const]
    .map((milestone) => changeOf(planning.row, find(state, milestone)))
    .filter((change) => change !== undefined);
  const later = changes.filter((change) => change.correctedOn && change.correctedOn > change.occurredOn).reverse();
  const others = changes.filter((change) => !later.includes(change));
  for (const { milestone, correctedOn, correctedAmount } of [...later, ...others]) {
    const data = { milestone, ...defined({ correctedOn, correctedAmount }), reason: reasonOf(planning) };
    planning.rehearsal.carryOut({ type: 'CorrectMilestone', data });
  }
}

interface Change {
  milestone: Milestone;
  occurredOn: CivilDate;
  correctedOn?: CivilDate;
  correctedAmount?: Money;
}

function changeOf(row: LedgerRow, standing: StandingMilestone | undefined): Change | undefined {
  if (!standing) return undefined;
  const { milestone, occurredOn } = standing;
  const date = wantedDate(row, milestone);
  const amount = wantedAmount(row, milestone);
  const correctedOn = date === occurredOn ? undefined : date;
  // Where a revision stands, another amount may be news of the commitment: see checkCommitment.
  const correctedAmount = standing.revisions || isSameMoney(standing.amount, amount) ? undefined : amount;
  return correctedOn || correctedAmount ? { milestone, occurredOn, correctedOn, correctedAmount } : undefined;
}

/** Records what the row knows and the project does not, in the order of life. */
export function recordMilestones(planning: Planning): void {
  const { row, rehearsal, notes } = planning;
  for (const milestone of AFTER_PROPOSAL) {
    const { state } = rehearsal;
    if (!state || find(state, milestone)) continue;
    const occurredOn = wantedDate(row, milestone);
    if (!occurredOn) {
      if (wantedAmount(row, milestone)) rehearsal.errors.push(...missing({ [DATE_FIELDS[milestone]]: undefined }));
    } else if (isPassed(milestone, state.stage)) {
      notes.push({
        field: DATE_FIELDS[milestone],
        code: 'stage-passed',
        text: {
          zh: '项目已进入更后的阶段，不再补记',
          en: 'the project is past this stage, which is no longer recorded',
        },
      });
    } else {
      rehearsal.carryOut(recording(milestone, occurredOn, planning, state));
    }
  }
}

function recording(
  milestone: (typeof AFTER_PROPOSAL)[number],
  occurredOn: CivilDate,
  { row, context }: Planning,
  state: ProjectState,
): ProjectCommand {
  const conference = conferenceOf(row, state);
  switch (milestone) {
    case 'promoted':
      // Without a conference the decider says what is missing.
      return {
        type: 'Promote',
        data: { occurredOn, ...defined({ conference: row.conference ?? '', venue: row.venue }) },
      };
    case 'intent-signed': {
      const { intentAgreement: agreement = 'intent', intentAmount: amount } = row;
      return { type: 'SignIntent', data: { occurredOn, agreement, ...defined({ amount, conference }) } };
    }
    case 'investment-signed': {
      const { investmentAmount: amount, plannedStart, plannedCompletion } = row;
      const details = defined({ amount, plannedStart, plannedCompletion, conference });
      return { type: 'SignInvestment', data: { occurredOn, ...details } };
    }
    case 'landed': {
      const evidence = evidenceOf(row.landingEvidence, context.reference);
      return { type: 'Land', data: { occurredOn, legalEntity: row.legalEntity ?? '', evidence } };
    }
    case 'construction-started':
      return { type: 'StartConstruction', data: { occurredOn } };
    case 'operating':
      return { type: 'Operate', data: { occurredOn, evidence: evidenceOf(row.operationEvidence, context.reference) } };
  }
}

/** The first signing happened at the row's conference; a later one only where the conference is news as well. */
function conferenceOf({ conference }: LedgerRow, { milestones }: ProjectState): string | undefined {
  const isFirst = !milestones.some(
    ({ milestone }) => milestone === 'intent-signed' || milestone === 'investment-signed',
  );
  return isFirst || !milestones.some((standing) => standing.conference === conference) ? conference : undefined;
}

/** What the column says; without it the row itself, which says so: ledgers rarely come with their documents. */
function evidenceOf(text: string | undefined, reference: string): Evidence[] {
  const references = (text ?? '').split(/[;\uff1b\n]/).map((part) => part.trim());
  const documents = references.filter(Boolean).map((document) => ({ kind: 'document', reference: document }));
  return documents.length > 0 ? documents : [{ kind: 'ledger', reference }];
}

/** Promotion and intent may be skipped, and then are not recorded afterwards. */
function isPassed(milestone: LifeMilestone, stage: Stage): boolean {
  if (milestone === 'promoted') return stage !== 'proposed';
  return milestone === 'intent-signed' && stage !== 'proposed' && stage !== 'promoted';
}

function wantedDate(row: LedgerRow, milestone: Milestone): CivilDate | undefined {
  if (milestone === 'terminated' && row.status !== 'terminated') return undefined;
  return row[DATE_FIELDS[milestone]] as CivilDate | undefined;
}

function wantedAmount(row: LedgerRow, milestone: Milestone): Money | undefined {
  const field = AMOUNT_FIELDS[milestone];
  return field && (row[field] as Money | undefined);
}

function find(state: ProjectState, milestone: Milestone): StandingMilestone | undefined {
  return state.milestones.find((standing) => standing.milestone === milestone);
}
