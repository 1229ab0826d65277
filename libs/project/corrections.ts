import { checkReceipt } from './amount-rules';
import { MilestoneReference, ProjectCommandData } from './commands';
import { Milestone, ProjectEvent } from './events';
import {
  checkMoney,
  checkOrder,
  checkPastDate,
  checkRequiredText,
  LONG_TEXT_LIMIT,
  normalized,
  present,
  reason,
  refuseFor,
} from './field-checks';
import { Subject } from './life-rules';
import { followers, landmarksAfter, landmarksBefore, MILESTONE_NAMES } from './milestone-order';
import { Money } from './money';
import { checkPlace } from './proposal';
import { Reason, refuse } from './refusal';
import { ProjectState, StandingMilestone } from './state';

const WITH_AMOUNT: readonly Milestone[] = ['proposed', 'intent-signed', 'investment-signed', 'funds-received'];

/** A new date or amount for a milestone that stands; the event carries only what really changes. @throws Refusal */
export function correctMilestone(data: ProjectCommandData['CorrectMilestone'], subject: Subject): ProjectEvent {
  const milestone = referred(subject.state, data);
  const occurredOn = data.occurredOn ?? subject.today;
  const correctedAmount = normalized(data.correctedAmount);
  refuseFor([
    ...checkPastDate('occurredOn', occurredOn, subject.today),
    ...checkCorrectedDate(data.correctedOn, milestone, subject),
    ...checkCorrectedAmount(data.correctedAmount, milestone, subject),
    ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
  ]);
  const changed = present({
    correctedOn: data.correctedOn === milestone.occurredOn ? undefined : data.correctedOn,
    correctedAmount: correctedAmount && equal(correctedAmount, milestone.amount) ? undefined : correctedAmount,
  });
  if (Object.keys(changed).length === 0) refuseForNoChange(data);
  const { milestone: kind, revision: milestoneRevision } = milestone;
  return {
    type: 'MilestoneCorrected',
    data: { occurredOn, milestone: kind, milestoneRevision, ...changed, reason: data.reason },
  };
}

/** Takes back the latest milestone: one that no standing milestone follows. @throws Refusal */
export function revokeMilestone(data: ProjectCommandData['RevokeMilestone'], { state, today }: Subject): ProjectEvent {
  const { milestone, revision: milestoneRevision } = referred(state, data);
  if (milestone === 'proposed') {
    refuse('proposal-irrevocable', { zh: '谋划不能撤销', en: 'a proposal cannot be revoked' }, 'milestone');
  }
  const [follower] = followers(state, milestone);
  if (follower) {
    const { zh, en } = MILESTONE_NAMES[follower.milestone];
    refuse('milestone-not-latest', {
      zh: `其后已有“${zh}”,请先撤销后者`,
      en: `"${en}" follows it and must be revoked first`,
    });
  }
  const occurredOn = data.occurredOn ?? today;
  refuseFor([
    ...checkPastDate('occurredOn', occurredOn, today),
    ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
  ]);
  return { type: 'MilestoneRevoked', data: { occurredOn, milestone, milestoneRevision, reason: data.reason } };
}

/** The standing milestone that is meant. Its revision may be left out where only one of its kind stands. */
function referred(state: ProjectState, { milestone, revision }: MilestoneReference): StandingMilestone {
  const ofKind = state.milestones.filter((standing) => standing.milestone === milestone);
  const [found, another] = ofKind.filter((standing) => revision === undefined || standing.revision === revision);
  if (another) {
    const revisions = ofKind.map((standing) => standing.revision).join(', ');
    const text = {
      zh: `有多条记录,请指明修订号:${revisions}`,
      en: `several stand; name one of the revisions ${revisions}`,
    };
    refuse('milestone-ambiguous', text, 'revision');
  }
  if (!found) refuse('milestone-not-standing', { zh: '该里程碑没有有效记录', en: 'no such milestone stands' });
  return found;
}

function checkCorrectedDate(
  correctedOn: string | undefined,
  standing: StandingMilestone,
  { state, programme, today }: Subject,
): Reason[] {
  if (correctedOn === undefined) return [];
  const { milestone } = standing;
  const earlier = landmarksBefore(state, milestone);
  const places = milestone === 'proposed' ? checkPlace(state.proposal, correctedOn, programme) : [];
  return [
    ...checkPastDate('correctedOn', correctedOn, today),
    ...checkOrder('correctedOn', correctedOn, earlier, landmarksAfter(state, milestone, standing)),
    ...places.map((found) => ({ ...found, field: 'correctedOn' })),
  ];
}

function checkCorrectedAmount(amount: Money | undefined, standing: StandingMilestone, subject: Subject): Reason[] {
  if (amount === undefined) return [];
  const { milestone } = standing;
  if (!WITH_AMOUNT.includes(milestone)) {
    const { zh, en } = MILESTONE_NAMES[milestone];
    return [reason('amount-unexpected', 'correctedAmount', `“${zh}”没有金额`, `"${en}" has no amount`)];
  }
  if (milestone === 'funds-received') return checkReceipt('correctedAmount', amount, subject, standing);
  return checkMoney('correctedAmount', amount, subject.programme, milestone === 'proposed' ? 'or-zero' : undefined);
}

function refuseForNoChange({ correctedOn, correctedAmount }: ProjectCommandData['CorrectMilestone']): never {
  if (correctedOn === undefined && correctedAmount === undefined) {
    const text = { zh: '须给出更正后的日期或金额', en: 'give a corrected date, a corrected amount, or both' };
    refuse('correction-empty', text, 'correctedOn');
  }
  const field = correctedOn === undefined ? 'correctedAmount' : 'correctedOn';
  refuse('correction-without-change', { zh: '与现有记录相同', en: 'is what stands already' }, field);
}

function equal(a: Money, b: Money | undefined): boolean {
  return a.value === b?.value && a.currency === b.currency && a.bound === b.bound;
}
