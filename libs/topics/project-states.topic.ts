import { Static, Type } from '@sinclair/typebox';
import { agreementOf, commitment, fundsReceived } from '../project/figures';
import { ProjectState } from '../project/state';
import { Fact } from './fact';
import { contextOf, projectContext } from './project-context';
import { PROJECT_MESSAGES } from './project-events.topic';
import * as values from './public-values';
import { MessageType, Topic } from './topic';

const { day, text, money } = values;

const standingMilestone = Type.Object({
  milestone: values.milestone,
  revision: values.milestoneRevision,
  occurredOn: day('When it happened, as corrected.'),
  amount: Type.Optional(money('Of a signing or a receipt, as corrected.')),
  agreement: Type.Optional(values.agreement),
  conference: Type.Optional(values.conferenceId('Where it was signed or promoted.')),
});

const PROJECT_STATE = {
  type: 'luodi.project-state.v1',
  title: '项目现状 State of a project',
  data: Type.Object(
    {
      project: projectContext,
      industry: Type.Optional(text('In the words of the ledger.')),
      conference: Type.Optional(values.conferenceId('The conference it was found at.')),
      estimatedInvestment: Type.Optional(money('What it may cost.')),
      statusSince: Type.Optional(day('Since when the status is what it is; missing while it has never changed.')),
      statusReason: Type.Optional(text('Why the status is what it is.')),
      agreement: Type.Optional(values.agreement),
      committed: Type.Optional(money('The commitment now; missing where none is signed or known.')),
      fundsReceived: Type.Optional(money('Sum of the standing receipts; missing while there is none.')),
      legalEntity: Type.Optional(text('The company founded for it.')),
      plannedStart: Type.Optional(day('When construction is to start.')),
      plannedCompletion: Type.Optional(day('When it is to be completed.')),
      responsibleUnit: Type.Optional(text('The unit that follows it up.')),
      responsiblePerson: Type.Optional(text('Whom to call there: an office, held in public.')),
      milestones: Type.Array(standingMilestone, { description: 'Those that stand, in the order of recording.' }),
      lastEvent: text('Type of the message in luodi.project-events.v1 that led here.'),
    },
    { title: '项目现状 State of a project' },
  ),
} satisfies MessageType;

export const PROJECT_STATES: Topic = {
  name: 'luodi.project-states.v1',
  title: '项目现状 States of projects',
  description:
    'The state of every project after each of its events, compacted: the last message of a key is the state now. ' +
    'Projects are never deleted, so there is never a tombstone.',
  key: 'Id of the project.',
  partitions: 12,
  cleanup: 'compact',
  messages: [PROJECT_STATE],
  sourcePath: '/project-states',
  announce(fact) {
    if (fact.kind !== 'project') return undefined;
    return { type: PROJECT_STATE, data: values.publicPart(PROJECT_STATE.data, stateAfter(fact)) };
  },
};

function stateAfter({ id, state, event }: Extract<Fact, { kind: 'project' }>): Static<typeof PROJECT_STATE.data> {
  const { proposal, responsibility, milestones, statusSince, statusReason, legalEntity } = state;
  const { industry, conference, estimatedInvestment } = proposal;
  return {
    project: contextOf(id, state),
    industry,
    conference,
    estimatedInvestment,
    statusSince,
    statusReason,
    agreement: agreementOf(state),
    committed: commitment(state),
    fundsReceived: received(state),
    legalEntity,
    plannedStart: state.plannedStart,
    plannedCompletion: state.plannedCompletion,
    responsibleUnit: responsibility.unit,
    responsiblePerson: responsibility.person,
    milestones,
    lastEvent: PROJECT_MESSAGES[event.type].type,
  };
}

/** The currency is that of the receipts, for the decider lets none in but the programme's. */
function received(state: ProjectState) {
  const receipt = state.milestones.find(({ milestone }) => milestone === 'funds-received');
  return receipt?.amount && fundsReceived(state, receipt.amount.currency);
}
