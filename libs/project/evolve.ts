import { Milestone, ProjectEvent, ProjectEventData, ProjectEventType, Status } from './events';
import { present } from './field-checks';
import { lastSigning } from './figures';
import { stageOf } from './milestone-order';
import { ProjectState, StandingMilestone } from './state';

/**
 * Folds one event into the state; `undefined` before the first. The state is plain JSON without undefined keys.
 * @throws RangeError for a history that no decider has written, such as one that does not begin with a proposal
 */
export function evolve(state: ProjectState | undefined, event: ProjectEvent): ProjectState {
  if (event.type === 'ProjectProposed') {
    if (state) throw new RangeError('a project cannot be proposed twice');
    return propose(event.data);
  }
  if (!state) throw new RangeError(`a project cannot begin with ${event.type}`);
  const fold = FOLDS[event.type] as (state: ProjectState, data: ProjectEvent['data']) => ProjectState;
  return present(fold({ ...state, revision: state.revision + 1 }, event.data));
}

/** Every fold gets the state with the revision of its event already set. */
const FOLDS: {
  [Type in Exclude<ProjectEventType, 'ProjectProposed'>]: (
    state: ProjectState,
    data: ProjectEventData[Type],
  ) => ProjectState;
} = {
  ProjectPromoted: (state, { occurredOn, conference }) => stand(state, 'promoted', { occurredOn, conference }),
  IntentSigned: (state, { occurredOn, agreement, amount, conference }) =>
    stand(state, 'intent-signed', { occurredOn, agreement, amount, conference }),
  InvestmentSigned: (state, { occurredOn, amount, conference, plannedStart, plannedCompletion }) => ({
    ...stand(state, 'investment-signed', { occurredOn, agreement: 'investment', amount, conference }),
    plannedStart,
    plannedCompletion,
  }),
  ProjectLanded: (state, { occurredOn, legalEntity }) => ({ ...stand(state, 'landed', { occurredOn }), legalEntity }),
  ConstructionStarted: (state, { occurredOn }) => stand(state, 'construction-started', { occurredOn }),
  FundsReceived: (state, { occurredOn, amount }) => stand(state, 'funds-received', { occurredOn, amount }),
  ProjectOperating: (state, { occurredOn }) => stand(state, 'operating', { occurredOn }),
  CommitmentRevised: reviseCommitment,
  ProjectSuspended: (state, data) => changeStatus(state, 'suspended', data),
  ProjectResumed: (state, data) => changeStatus(state, 'active', data),
  ProjectTerminated: (state, data) =>
    changeStatus(stand(state, 'terminated', { occurredOn: data.occurredOn }), 'terminated', data),
  InvestorChanged: (state, { occurredOn, investor }) => {
    const change = { revision: state.revision, occurredOn, investor };
    return { ...state, investor, investorChanges: [...state.investorChanges, change] };
  },
  MilestoneCorrected: correct,
  MilestoneRevoked: revoke,
  ResponsibilityAssigned: (state, { unit, person }) => ({ ...state, responsibility: present({ unit, person }) }),
};

function propose(data: ProjectEventData['ProjectProposed']): ProjectState {
  const { occurredOn, estimatedInvestment: amount, conference, responsibleUnit: unit } = data;
  return {
    revision: 0,
    proposal: data,
    investor: data.investor,
    investorChanges: [],
    stage: 'proposed',
    status: 'active',
    milestones: [present({ milestone: 'proposed', revision: 0, occurredOn, amount, conference })],
    statusChanges: [],
    responsibility: present({ unit }),
  };
}

function stand(
  state: ProjectState,
  milestone: Milestone,
  details: Omit<StandingMilestone, 'milestone' | 'revision'>,
): ProjectState {
  const milestones = [...state.milestones, present({ milestone, revision: state.revision, ...details })];
  return derive({ ...state, milestones });
}

/** What follows from the standing milestones and the changes of status. */
function derive(state: ProjectState): ProjectState {
  const last = state.statusChanges.at(-1);
  return {
    ...state,
    stage: stageOf(state.milestones),
    status: last?.status ?? 'active',
    statusSince: last?.occurredOn,
    statusReason: last?.reason,
    revisedCommitment: lastSigning(state)?.revisions?.at(-1)?.amount,
  };
}

function reviseCommitment(state: ProjectState, data: ProjectEventData['CommitmentRevised']): ProjectState {
  const signing = lastSigning(state);
  if (!signing) throw new RangeError('a commitment cannot be revised before it is signed');
  const revisions = [...(signing.revisions ?? []), { occurredOn: data.occurredOn, amount: data.amount }];
  return replace(state, signing, { ...signing, revisions });
}

function changeStatus(
  state: ProjectState,
  status: Status,
  { occurredOn, reason }: { occurredOn: string; reason: string },
): ProjectState {
  return derive({ ...state, statusChanges: [...state.statusChanges, { status, occurredOn, reason }] });
}

function correct(state: ProjectState, data: ProjectEventData['MilestoneCorrected']): ProjectState {
  const before = standing(state, data);
  const occurredOn = data.correctedOn ?? before.occurredOn;
  const amount = data.correctedAmount ?? before.amount;
  const corrected = replace(state, before, present({ ...before, occurredOn, amount }));
  if (data.milestone === 'proposed') {
    return { ...corrected, proposal: present({ ...state.proposal, occurredOn, estimatedInvestment: amount }) };
  }
  if (data.milestone !== 'terminated') return corrected;
  const statusChanges = state.statusChanges.map((change) =>
    change.status === 'terminated' ? { ...change, occurredOn } : change,
  );
  return derive({ ...corrected, statusChanges });
}

/** Takes the milestone away, and with it what it had brought. */
function revoke(state: ProjectState, data: ProjectEventData['MilestoneRevoked']): ProjectState {
  const revoked = standing(state, data);
  const milestones = state.milestones.filter((milestone) => milestone !== revoked);
  const fallenBack = { ...state, milestones };
  if (data.milestone === 'landed') delete fallenBack.legalEntity;
  if (data.milestone === 'investment-signed') {
    delete fallenBack.plannedStart;
    delete fallenBack.plannedCompletion;
  }
  if (data.milestone === 'terminated') fallenBack.statusChanges = state.statusChanges.slice(0, -1);
  return derive(fallenBack);
}

function standing(
  state: ProjectState,
  { milestone, milestoneRevision }: { milestone: Milestone; milestoneRevision: number },
): StandingMilestone {
  const found = state.milestones.find(
    (candidate) => candidate.milestone === milestone && candidate.revision === milestoneRevision,
  );
  if (!found) throw new RangeError(`no standing milestone ${milestone} at revision ${milestoneRevision}`);
  return found;
}

function replace(state: ProjectState, before: StandingMilestone, after: StandingMilestone): ProjectState {
  return derive({
    ...state,
    milestones: state.milestones.map((milestone) => (milestone === before ? after : milestone)),
  });
}
