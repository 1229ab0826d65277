import { checkReceipt, checkSigningAmount } from './amount-rules';
import { CivilDate } from './civil-date';
import { ProjectCommand, ProjectCommandData, ProjectCommandType } from './commands';
import { correctMilestone, revokeMilestone } from './corrections';
import { Milestone, PROJECT_EVENT_VERSIONS, ProjectEvent, ProjectEventType } from './events';
import { evolve } from './evolve';
import {
  checkConferenceId,
  checkDate,
  checkEvidence,
  checkMoney,
  checkOrder,
  checkPastDate,
  checkPresent,
  checkRequiredText,
  checkSomeEvidence,
  checkText,
  Landmark,
  LONG_TEXT_LIMIT,
  normalized,
  present,
  reason,
  refuseFor,
} from './field-checks';
import { lastSigning } from './figures';
import { checkPermission, Subject } from './life-rules';
import {
  investorLandmarks,
  landmark,
  landmarksAfter,
  landmarksBefore,
  revisionLandmarks,
  statusLandmarks,
} from './milestone-order';
import { normalTexts } from './normal-text';
import { DecisionContext } from './programme-facts';
import { propose } from './proposal';
import { Reason, refuse } from './refusal';
import { ProjectState } from './state';
import { upcast } from './upcasters';

/**
 * The events a command leads to, its texts recorded as `normal-text.ts` says. Pure: state and context tell all.
 * @throws Refusal with reasons that carry no field when the project's state forbids the command, else with one reason
 * for every field that is wrong
 */
export function decide(
  command: ProjectCommand,
  state: ProjectState | undefined,
  context: DecisionContext,
): ProjectEvent[] {
  if (command.type === 'Propose') {
    if (state) refuse('project-exists', { zh: '项目已存在', en: 'the project exists already' });
    return [propose(present(normalTexts(command.data)), context)];
  }
  if (!state) refuse('project-unknown', { zh: '项目不存在', en: 'there is no such project' });
  refuseFor(checkPermission(command.type, state));
  const decision = DECISIONS[command.type] as (data: ProjectCommand['data'], subject: Subject) => ProjectEvent;
  return [decision(present(normalTexts(command.data)), { ...context, state })];
}

const DECISIONS: {
  [Type in Exclude<ProjectCommandType, 'Propose'>]: (data: ProjectCommandData[Type], subject: Subject) => ProjectEvent;
} = {
  Promote: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('promoted', data, subject),
      ...checkPresent('conference', data.conference),
      ...checkConferenceId('conference', data.conference),
      ...checkText('venue', data.venue),
    ]);
    return { type: 'ProjectPromoted', data };
  },
  SignIntent: (data, subject) => {
    const isIntent = ['intent', 'framework'].includes(data.agreement);
    refuseFor([
      ...checkMilestoneDate('intent-signed', data, subject),
      ...(isIntent
        ? []
        : [reason('agreement-unknown', 'agreement', '只能是 intent 或 framework', 'must be "intent" or "framework"')]),
      ...checkSigningAmount(data.amount, subject.programme),
      ...checkConferenceId('conference', data.conference),
    ]);
    return { type: 'IntentSigned', data: present({ ...data, amount: normalized(data.amount) }) };
  },
  SignInvestment: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('investment-signed', data, subject),
      ...checkSigningAmount(data.amount, subject.programme),
      ...checkPlan(data),
      ...checkConferenceId('conference', data.conference),
    ]);
    return { type: 'InvestmentSigned', data: present({ ...data, amount: normalized(data.amount) }) };
  },
  Land: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('landed', data, subject),
      ...checkRequiredText('legalEntity', data.legalEntity),
      ...checkSomeEvidence('evidence', data.evidence),
    ]);
    return { type: 'ProjectLanded', data };
  },
  StartConstruction: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('construction-started', data, subject),
      ...checkEvidence('evidence', data.evidence),
    ]);
    return { type: 'ConstructionStarted', data };
  },
  ReceiveFunds: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('funds-received', data, subject),
      ...checkReceipt('amount', data.amount, subject),
      ...checkEvidence('evidence', data.evidence),
    ]);
    return { type: 'FundsReceived', data: present({ ...data, amount: normalized(data.amount) ?? data.amount }) };
  },
  Operate: (data, subject) => {
    refuseFor([...checkMilestoneDate('operating', data, subject), ...checkSomeEvidence('evidence', data.evidence)]);
    return { type: 'ProjectOperating', data };
  },
  ReviseCommitment: (data, { state, programme, today }) => {
    const signing = lastSigning(state);
    const earlier = signing ? [landmark(signing), ...revisionLandmarks(signing)] : [];
    refuseFor([
      ...checkPastDate('occurredOn', data.occurredOn, today),
      ...checkOrder('occurredOn', data.occurredOn, earlier),
      ...checkPresent('amount', data.amount),
      ...checkMoney('amount', data.amount, programme),
      ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
    ]);
    return { type: 'CommitmentRevised', data: { ...data, amount: normalized(data.amount) ?? data.amount } };
  },
  Suspend: (data, subject) => {
    refuseFor(checkStatusChange(data, subject));
    return { type: 'ProjectSuspended', data };
  },
  Resume: (data, subject) => {
    refuseFor(checkStatusChange(data, subject));
    return { type: 'ProjectResumed', data };
  },
  Terminate: (data, subject) => {
    refuseFor([
      ...checkMilestoneDate('terminated', data, subject),
      ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
    ]);
    return { type: 'ProjectTerminated', data };
  },
  ChangeInvestor: (data, { state, today }) => {
    refuseFor([
      ...checkPastDate('occurredOn', data.occurredOn, today),
      ...checkOrder('occurredOn', data.occurredOn, [...proposal(state), ...investorLandmarks(state).slice(-1)]),
      ...checkRequiredText('investor', data.investor),
      ...(data.investor === state.investor
        ? [reason('investor-unchanged', 'investor', '与现投资方相同', 'is the investor already')]
        : []),
      ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
    ]);
    return { type: 'InvestorChanged', data };
  },
  CorrectMilestone: correctMilestone,
  RevokeMilestone: revokeMilestone,
  AssignResponsibility: (data, { state, today }) => {
    const occurredOn = data.occurredOn ?? today;
    refuseFor([
      ...checkPastDate('occurredOn', occurredOn, today),
      ...checkOrder('occurredOn', occurredOn, proposal(state)),
      ...checkRequiredText('unit', data.unit),
      ...checkText('person', data.person),
    ]);
    return { type: 'ResponsibilityAssigned', data: { ...data, occurredOn } };
  },
};

function checkMilestoneDate(
  milestone: Milestone,
  { occurredOn }: { occurredOn: CivilDate },
  { state, today }: Subject,
): Reason[] {
  return [
    ...checkPastDate('occurredOn', occurredOn, today),
    ...checkOrder('occurredOn', occurredOn, landmarksBefore(state, milestone), landmarksAfter(state, milestone)),
  ];
}

function checkPlan({ plannedStart, plannedCompletion }: ProjectCommandData['SignInvestment']): Reason[] {
  const start = plannedStart === undefined ? [] : [{ occurredOn: plannedStart, name: PLANNED_START }];
  return [
    ...checkDate('plannedStart', plannedStart),
    ...checkDate('plannedCompletion', plannedCompletion),
    ...checkOrder('plannedCompletion', plannedCompletion, start),
  ];
}

function checkStatusChange(data: { occurredOn: CivilDate; reason: string }, { state, today }: Subject): Reason[] {
  const earlier = [...proposal(state), ...statusLandmarks(state).slice(-1)];
  return [
    ...checkPastDate('occurredOn', data.occurredOn, today),
    ...checkOrder('occurredOn', data.occurredOn, earlier),
    ...checkRequiredText('reason', data.reason, LONG_TEXT_LIMIT),
  ];
}

function proposal(state: ProjectState): Landmark[] {
  return state.milestones.filter(({ milestone }) => milestone === 'proposed').map(landmark);
}

const PLANNED_START = { zh: '计划开工', en: 'planned start' };

/** What the command handler runs projects with. */
export const projectDecider = {
  decide,
  evolve,
  upcast,
  versionOf: (type: ProjectEventType): number => PROJECT_EVENT_VERSIONS[type],
};
