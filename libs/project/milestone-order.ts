import { Landmark } from './field-checks';
import { Milestone, MILESTONES, Stage, STAGES } from './events';
import { Text } from './refusal';
import { ProjectState, StandingMilestone } from './state';

export const MILESTONE_NAMES: Record<Milestone, Text> = {
  proposed: { zh: '谋划', en: 'proposed' },
  promoted: { zh: '推介', en: 'promoted' },
  'intent-signed': { zh: '签意向', en: 'intent signed' },
  'investment-signed': { zh: '签投资协议', en: 'investment signed' },
  landed: { zh: '落地', en: 'landed' },
  operating: { zh: '投产运营', en: 'operating' },
  'construction-started': { zh: '开工建设', en: 'construction started' },
  'funds-received': { zh: '资金到位', en: 'funds received' },
  terminated: { zh: '终止', en: 'terminated' },
};

/** Which milestones each one follows, as far as they stand: it may not have happened before them. */
const FOLLOWS: Record<Milestone, readonly Milestone[]> = {
  proposed: [],
  promoted: ['proposed'],
  'intent-signed': ['proposed', 'promoted'],
  'investment-signed': ['proposed', 'promoted', 'intent-signed'],
  landed: ['investment-signed'],
  'construction-started': ['investment-signed'],
  'funds-received': ['investment-signed'],
  operating: ['landed', 'construction-started'],
  terminated: MILESTONES.filter((milestone) => milestone !== 'terminated'),
};

/** The furthest stage of which a milestone stands. */
export function stageOf(milestones: readonly StandingMilestone[]): Stage {
  return STAGES.findLast((stage) => milestones.some((standing) => standing.milestone === stage)) ?? 'proposed';
}

/** What a milestone may not have happened before. For `terminated` that is all of it: what has ended does not change later. */
export function landmarksBefore(state: ProjectState, milestone: Milestone): Landmark[] {
  const standing = state.milestones.filter((other) => FOLLOWS[milestone].includes(other.milestone)).map(landmark);
  if (milestone !== 'terminated') return standing;
  const revisions = state.milestones.flatMap(revisionLandmarks);
  return [...standing, ...revisions, ...statusLandmarks(state), ...investorLandmarks(state)];
}

/** What a milestone may not have happened after: all that follows it, and what was decided on top of it if it `stands`. */
export function landmarksAfter(state: ProjectState, milestone: Milestone, stands?: StandingMilestone): Landmark[] {
  const later = followers(state, milestone).map(landmark);
  if (milestone === 'proposed') {
    return [...later, ...statusLandmarks(state).slice(0, 1), ...investorLandmarks(state).slice(0, 1)];
  }
  return stands ? [...later, ...revisionLandmarks(stands).slice(0, 1)] : later;
}

/** The latest milestones, which alone can be revoked, have no followers. */
export function followers(state: ProjectState, milestone: Milestone): StandingMilestone[] {
  return state.milestones.filter((other) => FOLLOWS[other.milestone].includes(milestone));
}

/** Suspensions and resumptions; terminations are milestones. */
export function statusLandmarks(state: ProjectState): Landmark[] {
  return state.statusChanges
    .filter((change) => change.status !== 'terminated')
    .map(({ status, occurredOn }) => ({
      occurredOn,
      name: status === 'suspended' ? { zh: '暂停', en: 'suspended' } : { zh: '恢复', en: 'resumed' },
    }));
}

export function investorLandmarks(state: ProjectState): Landmark[] {
  return state.investorChanges.map(({ occurredOn }) => ({
    occurredOn,
    name: { zh: '更换投资方', en: 'investor changed' },
  }));
}

export function revisionLandmarks(signing: StandingMilestone): Landmark[] {
  return (signing.revisions ?? []).map(({ occurredOn }) => ({
    occurredOn,
    name: { zh: '投资额调整', en: 'commitment revised' },
  }));
}

export function landmark(milestone: StandingMilestone): Landmark {
  return { occurredOn: milestone.occurredOn, name: MILESTONE_NAMES[milestone.milestone] };
}
