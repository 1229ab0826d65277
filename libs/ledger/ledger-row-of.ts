import { IntentAgreement, Milestone } from '../project/events';
import { Money, sumMoney } from '../project/money';
import { ProjectState, StandingMilestone } from '../project/state';
import { LedgerRow } from './ledger-row';

/**
 * The row of a ledger that says what is known of a project; importing it again changes nothing. Amounts of signings are
 * those that were signed, with what the last one was revised to beside them; funds are what was received altogether. Fields of which nothing is known are left out.
 */
export function ledgerRowOf(state: ProjectState, id: string): LedgerRow {
  const row: LedgerRow = {
    id,
    ...proposalOf(state),
    ...signingsOf(state),
    ...buildingOf(state),
    status: state.status,
    statusSince: state.statusSince,
    statusReason: state.statusReason,
  };
  return Object.fromEntries(Object.entries(row).filter(([, field]) => field !== undefined));
}

function proposalOf(state: ProjectState): LedgerRow {
  const { code, title, origin, prefecture, cluster, industry, estimatedInvestment } = state.proposal;
  const conferences = [state.proposal, ...state.milestones].map(({ conference }) => conference);
  return {
    code,
    title,
    investor: state.investor,
    origin,
    prefecture,
    cluster,
    industry,
    estimatedInvestment,
    responsibleUnit: state.responsibility.unit,
    responsiblePerson: state.responsibility.person,
    conference: conferences.find((conference) => conference !== undefined),
    proposedOn: standing(state, 'proposed')?.occurredOn ?? state.proposal.occurredOn,
    promotedOn: standing(state, 'promoted')?.occurredOn,
  };
}

function signingsOf(state: ProjectState): LedgerRow {
  const intent = standing(state, 'intent-signed');
  const investment = standing(state, 'investment-signed');
  return {
    intentAgreement: intent && (intent.agreement as IntentAgreement | undefined),
    intentAmount: intent?.amount,
    intentSignedOn: intent?.occurredOn,
    investmentAmount: investment?.amount,
    investmentSignedOn: investment?.occurredOn,
    revisedCommitment: state.revisedCommitment,
    plannedStart: state.plannedStart,
    plannedCompletion: state.plannedCompletion,
  };
}

function buildingOf(state: ProjectState): LedgerRow {
  return {
    legalEntity: state.legalEntity,
    landedOn: standing(state, 'landed')?.occurredOn,
    constructionStartedOn: standing(state, 'construction-started')?.occurredOn,
    ...fundsOf(state),
    operatingOn: standing(state, 'operating')?.occurredOn,
  };
}

function fundsOf(state: ProjectState): LedgerRow {
  const receipts = state.milestones.filter(({ milestone }) => milestone === 'funds-received');
  const amounts = receipts.map(({ amount }) => amount).filter((amount): amount is Money => amount !== undefined);
  const [first] = amounts;
  if (!first) return {};
  const dates = receipts.map(({ occurredOn }) => occurredOn).sort();
  return { fundsReceived: sumMoney(amounts, first.currency), fundsReceivedOn: dates.at(-1) };
}

function standing(state: ProjectState, milestone: Milestone): StandingMilestone | undefined {
  return state.milestones.find((candidate) => candidate.milestone === milestone);
}
