import { refuseUnknownConference } from '../event-store/known-conferences';
import { ProjectCommand } from '../project/commands';
import { projectDecider } from '../project/decider';
import { Milestone } from '../project/events';
import { DecisionContext } from '../project/programme-facts';
import { Reason, Refusal } from '../project/refusal';
import { ProjectState } from '../project/state';
import { CellError, LedgerField } from './ledger-row';

/** The column that holds the date of each milestone. */
export const DATE_FIELDS: Record<Milestone, LedgerField> = {
  proposed: 'proposedOn',
  promoted: 'promotedOn',
  'intent-signed': 'intentSignedOn',
  'investment-signed': 'investmentSignedOn',
  landed: 'landedOn',
  'construction-started': 'constructionStartedOn',
  'funds-received': 'fundsReceivedOn',
  operating: 'operatingOn',
  terminated: 'statusSince',
};

export const AMOUNT_FIELDS: Partial<Record<Milestone, LedgerField>> = {
  proposed: 'estimatedInvestment',
  'intent-signed': 'intentAmount',
  'investment-signed': 'investmentAmount',
  'funds-received': 'fundsReceived',
};

/** Which milestone a command records; its `occurredOn` then comes from that milestone's column. */
const RECORDS: Partial<Record<ProjectCommand['type'], Milestone>> = {
  Propose: 'proposed',
  Promote: 'promoted',
  SignIntent: 'intent-signed',
  SignInvestment: 'investment-signed',
  Land: 'landed',
  StartConstruction: 'construction-started',
  ReceiveFunds: 'funds-received',
  Operate: 'operating',
};

/** Fields of commands that are called otherwise than the columns they come from. */
const RENAMED: Partial<Record<string, LedgerField>> = {
  reason: 'statusReason',
  agreement: 'intentAgreement',
  unit: 'responsibleUnit',
  person: 'responsiblePerson',
};

/**
 * Carries out commands on a project in memory, as the command handler will on the store, and turns what the decider
 * refuses into errors of the cells the values came from.
 */
export class Rehearsal {
  readonly commands: ProjectCommand[] = [];
  readonly errors: CellError[] = [];

  constructor(
    public state: ProjectState | undefined,
    private readonly context: DecisionContext,
    private readonly unknownConferences: ReadonlySet<string> = new Set(),
  ) {}

  /** Returns whether it goes on: after a refusal the commands that would follow say nothing any more. */
  carryOut(command: ProjectCommand): boolean {
    if (this.errors.length > 0) return false;
    try {
      refuseUnknownConference(command, this.unknownConferences);
      for (const event of projectDecider.decide(command, this.state, this.context)) {
        this.state = projectDecider.evolve(this.state, event);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.errors.push(...refusalErrors(error.reasons, command));
      return false;
    }
    this.commands.push(command);
    return true;
  }
}

/** The reasons of a refusal as errors of the cells its values came from. */
export function refusalErrors(reasons: readonly Reason[], command: ProjectCommand): CellError[] {
  return reasons.map(({ code, field, text }) => ({ code, text, field: columnOf(command, field) }));
}

/** `amount.value` of a SignInvestment came from the column `investmentAmount`. */
function columnOf(command: ProjectCommand, path: string | undefined): LedgerField {
  const field = path?.split(/[.[]/)[0] ?? '';
  const renamed = RENAMED[field];
  if (renamed) return renamed;
  if (OWN_NAME.has(field)) return field as LedgerField;
  const milestone = 'milestone' in command.data ? command.data.milestone : RECORDS[command.type];
  if (!milestone) return field === 'occurredOn' ? 'statusSince' : 'status';
  return columnOfMilestone(milestone, field);
}

function columnOfMilestone(milestone: Milestone, field: string): LedgerField {
  if (field === 'amount' || field === 'correctedAmount') return AMOUNT_FIELDS[milestone] ?? DATE_FIELDS[milestone];
  if (field === 'evidence') return milestone === 'operating' ? 'operationEvidence' : 'landingEvidence';
  return DATE_FIELDS[milestone];
}

/** Fields of commands that are called as their columns are. */
const OWN_NAME: ReadonlySet<string> = new Set<LedgerField>([
  'code',
  'title',
  'investor',
  'origin',
  'prefecture',
  'cluster',
  'industry',
  'estimatedInvestment',
  'responsibleUnit',
  'conference',
  'venue',
  'plannedStart',
  'plannedCompletion',
  'legalEntity',
]);
