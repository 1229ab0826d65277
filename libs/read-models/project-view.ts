import { CivilDate, daysBetween } from '../project/civil-date';
import { Agreement, Stage, Status } from '../project/events';
import { Money } from '../project/money';
import { PROJECTS } from './projects.read-model';

/** A project as the board shows it. */
export interface ProjectView {
  id: string;
  code: string | null;
  title: string;
  /** Who builds it now; who signed is in `firstSigning`. */
  investor: string;
  origin: string;
  prefecture: string;
  cluster: string | null;
  industry: string | null;
  responsibleUnit: string | null;
  responsiblePerson: string | null;
  /** Conference named in the proposal; the one credited is in `firstSigning`. */
  conference: string | null;
  stage: Stage;
  stageSince: CivilDate;
  daysInStage: number;
  status: Status;
  statusSince: CivilDate | null;
  statusReason: string | null;
  paired: boolean;
  estimatedInvestment: Money | null;
  /** Column in which the project counts now. */
  agreement: Agreement | null;
  committed: Money | null;
  /** As of the first standing signing: what the papers printed. */
  firstSigning: {
    on: CivilDate;
    investor: string;
    conference: string | null;
    agreement: Agreement;
    amount: Money | null;
  } | null;
  fundsReceived: Money;
  dates: {
    proposed: CivilDate;
    promoted: CivilDate | null;
    intentSigned: CivilDate | null;
    investmentSigned: CivilDate | null;
    landed: CivilDate | null;
    constructionStarted: CivilDate | null;
    operating: CivilDate | null;
    terminated: CivilDate | null;
  };
  plannedStart: CivilDate | null;
  plannedCompletion: CivilDate | null;
  legalEntity: string | null;
  /** Wire name and instant of the last event. */
  lastEvent: string;
  lastActivityAt: string;
  revision: number;
  position: string;
}

/** What {@link toView} reads, from `read_models.projects AS project`; dates as text, for a Date of JavaScript is an instant. */
export const VIEW_COLUMNS = Object.entries(PROJECTS.columns)
  .filter(([name]) => name !== 'state')
  .map(([name, { type }]) => (type === 'date' ? `project.${name}::text` : `project.${name}`))
  .join(', ');

type Bound = Money['bound'] | null;

/** A row of `projects` as the driver gives it. */
export interface ViewRow {
  id: string;
  code: string | null;
  title: string;
  investor: string;
  origin: string;
  prefecture: string;
  cluster: string | null;
  industry: string | null;
  responsible_unit: string | null;
  responsible_person: string | null;
  conference: string | null;
  stage: Stage;
  stage_since: string;
  status: Status;
  status_since: string | null;
  status_reason: string | null;
  paired: boolean;
  estimated_value: string | null;
  estimated_bound: Bound;
  agreement: Agreement | null;
  committed_value: string | null;
  committed_bound: Bound;
  currency: string;
  first_signed_on: string | null;
  signing_conference: string | null;
  signed_agreement: Agreement | null;
  signed_investor: string | null;
  signed_value: string | null;
  signed_bound: Bound;
  funds_received: string;
  funds_bound: Money['bound'];
  proposed_on: string;
  promoted_on: string | null;
  intent_signed_on: string | null;
  investment_signed_on: string | null;
  landed_on: string | null;
  construction_started_on: string | null;
  operating_on: string | null;
  terminated_on: string | null;
  planned_start: string | null;
  planned_completion: string | null;
  legal_entity: string | null;
  last_event: string;
  last_activity_at: Date;
  revision: number;
  position: string;
}

/** `today` is the day that `daysInStage` counts to. */
export function toView(row: ViewRow, today: CivilDate): ProjectView {
  return {
    id: row.id,
    code: row.code,
    title: row.title,
    investor: row.investor,
    origin: row.origin,
    prefecture: row.prefecture,
    cluster: row.cluster,
    industry: row.industry,
    responsibleUnit: row.responsible_unit,
    responsiblePerson: row.responsible_person,
    conference: row.conference,
    stage: row.stage,
    stageSince: row.stage_since,
    daysInStage: daysBetween(row.stage_since, today),
    status: row.status,
    statusSince: row.status_since,
    statusReason: row.status_reason,
    paired: row.paired,
    estimatedInvestment: money(row.estimated_value, row.estimated_bound, row.currency),
    agreement: row.agreement,
    committed: money(row.committed_value, row.committed_bound, row.currency),
    firstSigning: firstSigning(row),
    fundsReceived: { value: row.funds_received, currency: row.currency, bound: row.funds_bound },
    dates: {
      proposed: row.proposed_on,
      promoted: row.promoted_on,
      intentSigned: row.intent_signed_on,
      investmentSigned: row.investment_signed_on,
      landed: row.landed_on,
      constructionStarted: row.construction_started_on,
      operating: row.operating_on,
      terminated: row.terminated_on,
    },
    plannedStart: row.planned_start,
    plannedCompletion: row.planned_completion,
    legalEntity: row.legal_entity,
    lastEvent: row.last_event,
    lastActivityAt: row.last_activity_at.toISOString(),
    revision: row.revision,
    position: row.position,
  };
}

function firstSigning(row: ViewRow): ProjectView['firstSigning'] {
  const { first_signed_on: on, signed_agreement: agreement, signing_conference: conference } = row;
  const { signed_investor: investor } = row;
  if (on === null || agreement === null || investor === null) return null;
  return { on, investor, conference, agreement, amount: money(row.signed_value, row.signed_bound, row.currency) };
}

function money(value: string | null, bound: Bound, currency: string): Money | null {
  return value === null ? null : { value, currency, bound: bound ?? 'exact' };
}
