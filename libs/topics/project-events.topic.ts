import { Static, TProperties, Type } from '@sinclair/typebox';
import { ProjectEventData, ProjectEventType } from '../project/events';
import { contextOf, projectContext } from './project-context';
import * as values from './public-values';
import { Topic } from './topic';

const { day, text, money, evidence, reason, milestone, milestoneRevision, recordedBy, publicPart } = values;
const conference = values.conferenceId('The conference it is credited to.');
const occurredOn = day('When it happened.');

/** One message: its own fields stand beside those that all have. */
function message<Own extends TProperties>(type: string, title: string, own: Own) {
  return {
    type,
    title,
    data: Type.Object({ project: projectContext, occurredOn, ...own, recordedBy }, { title }),
    event: Type.Object({ occurredOn, ...own }),
  };
}

/** The public message of every event, by the event's internal name. A type, once published, keeps its name and meaning. */
export const PROJECT_MESSAGES = {
  ProjectProposed: message('luodi.project-proposed.v1', '谋划 Proposed', {
    industry: Type.Optional(text('In the words of the ledger.')),
    estimatedInvestment: Type.Optional(money('What it may cost.')),
    responsibleUnit: Type.Optional(text('The unit that follows it up.')),
    conference: Type.Optional(values.conferenceId('The conference it was found at.')),
  }),
  ProjectPromoted: message('luodi.project-promoted.v1', '推介 Promoted', {
    conference: values.conferenceId('Where it was presented.'),
    venue: Type.Optional(text('The sub-venue.')),
  }),
  IntentSigned: message('luodi.intent-signed.v1', '签意向 Intent signed', {
    agreement: values.oneOf(['intent', 'framework'], 'Neither binds anybody.'),
    amount: Type.Optional(money('As the paper says.')),
    conference: Type.Optional(conference),
  }),
  InvestmentSigned: message('luodi.investment-signed.v1', '签投资协议 Investment agreement signed', {
    amount: Type.Optional(money('The commitment.')),
    plannedStart: Type.Optional(day('When construction is to start.')),
    plannedCompletion: Type.Optional(day('When it is to be completed.')),
    conference: Type.Optional(conference),
  }),
  ProjectLanded: message('luodi.project-landed.v1', '落地 Landed', {
    legalEntity: text('The company founded for it.'),
    evidence,
  }),
  ConstructionStarted: message('luodi.construction-started.v1', '开工 Construction started', {
    evidence: Type.Optional(evidence),
  }),
  FundsReceived: message('luodi.funds-received.v1', '到位资金 Funds received', {
    amount: money('This receipt alone.'),
    evidence: Type.Optional(evidence),
  }),
  ProjectOperating: message('luodi.project-operating.v1', '投产运营 Operating', { evidence }),
  CommitmentRevised: message('luodi.commitment-revised.v1', '投资额调整 Commitment revised', {
    amount: money('The commitment from now on.'),
    reason,
  }),
  ProjectSuspended: message('luodi.project-suspended.v1', '暂停 Suspended', { reason }),
  ProjectResumed: message('luodi.project-resumed.v1', '恢复 Resumed', { reason }),
  ProjectTerminated: message('luodi.project-terminated.v1', '终止 Terminated', { reason }),
  InvestorChanged: message('luodi.investor-changed.v1', '更换投资方 Investor changed', {
    investor: text('Who builds it from now on.'),
    reason,
  }),
  MilestoneCorrected: message('luodi.milestone-corrected.v1', '更正 Milestone corrected', {
    milestone,
    milestoneRevision,
    correctedOn: Type.Optional(day('The right date.')),
    correctedAmount: Type.Optional(money('The right amount.')),
    reason,
  }),
  MilestoneRevoked: message('luodi.milestone-revoked.v1', '撤销 Milestone revoked', {
    milestone,
    milestoneRevision,
    reason,
  }),
  ResponsibilityAssigned: message('luodi.responsibility-assigned.v1', '责任分工 Responsibility assigned', {
    unit: text('The unit that follows it up from now on.'),
    person: Type.Optional(text('Whom to call there: an office, held in public.')),
  }),
};

/** What each message promises of the event behind it, beside the context. */
type Promised = { [Type in ProjectEventType]: Static<(typeof PROJECT_MESSAGES)[Type]['event']> };
type Kept<Events extends Promises, Promises> = Events;
/** Compiles only while every event carries what its message promises. */
export type KeptPromises = Kept<ProjectEventData, Promised>;

export const PROJECT_EVENTS: Topic = {
  name: 'luodi.project-events.v1',
  title: '项目事件 Events of projects',
  description:
    'Every event of every project, once, in order per project, kept for ever unless an installation sets days (KAFKA_RETENTION_DAYS).',
  key: 'Id of the project.',
  partitions: 12,
  cleanup: 'delete',
  messages: Object.values(PROJECT_MESSAGES),
  announce(fact) {
    if (fact.kind !== 'project') return undefined;
    const { id, event, state, recorded } = fact;
    const type = PROJECT_MESSAGES[event.type];
    const data = { project: contextOf(id, state), ...event.data, recordedBy: recorded.metadata.actor };
    return { type, data: publicPart(type.data, data) };
  },
};
