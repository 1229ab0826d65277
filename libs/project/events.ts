import { CivilDate } from './civil-date';
import { Money } from './money';

/** Stages in the order of a project's life. 谋划, 推介, 签意向, 签投资协议, 落地, 投产运营. */
export const STAGES = ['proposed', 'promoted', 'intent-signed', 'investment-signed', 'landed', 'operating'] as const;
export type Stage = (typeof STAGES)[number];

export type Status = 'active' | 'suspended' | 'terminated';

/** What can be corrected or revoked: the stages, and what happens beside them. */
export const MILESTONES = [...STAGES, 'construction-started', 'funds-received', 'terminated'] as const;
export type Milestone = (typeof MILESTONES)[number];

/** What proves a milestone: a licence, a report, a photograph, a row of a register. */
export interface Evidence {
  kind: string;
  reference: string;
}

export type IntentAgreement = 'intent' | 'framework';
/** An agreement as it is counted: intent and framework bind nobody, an investment agreement does. */
export type Agreement = IntentAgreement | 'investment';

interface Occurred {
  /** The civil date on which it happened; when it was recorded stands in the event's metadata. */
  occurredOn: CivilDate;
}

/** All events of a project, by wire name. The current schema version of each stands in {@link PROJECT_EVENT_VERSIONS}. */
export interface ProjectEventData {
  ProjectProposed: Occurred & {
    programme: string;
    code?: string;
    title: string;
    investor: string;
    /** Partner (aid province or the like) the investor comes from; the credit of pairing stays there when the investor changes. */
    origin: string;
    /** Region in which the project is to be built. */
    prefecture: string;
    cluster?: string;
    industry?: string;
    estimatedInvestment?: Money;
    responsibleUnit?: string;
    conference?: string;
  };
  ProjectPromoted: Occurred & { conference: string; venue?: string };
  IntentSigned: Occurred & { agreement: IntentAgreement; amount?: Money; conference?: string };
  InvestmentSigned: Occurred & {
    amount?: Money;
    plannedStart?: CivilDate;
    plannedCompletion?: CivilDate;
    conference?: string;
  };
  ProjectLanded: Occurred & { legalEntity: string; evidence: Evidence[] };
  ConstructionStarted: Occurred & { evidence?: Evidence[] };
  FundsReceived: Occurred & { amount: Money; evidence?: Evidence[] };
  ProjectOperating: Occurred & { evidence: Evidence[] };
  CommitmentRevised: Occurred & { amount: Money; reason: string };
  ProjectSuspended: Occurred & { reason: string };
  ProjectResumed: Occurred & { reason: string };
  ProjectTerminated: Occurred & { reason: string };
  /** The project goes on under another investor, who is credited from then on. */
  InvestorChanged: Occurred & { investor: string; reason: string };
  MilestoneCorrected: Occurred & {
    milestone: Milestone;
    /** Revision of the event that recorded the milestone: several receipts of funds may stand side by side. */
    milestoneRevision: number;
    correctedOn?: CivilDate;
    correctedAmount?: Money;
    reason: string;
  };
  MilestoneRevoked: Occurred & { milestone: Milestone; milestoneRevision: number; reason: string };
  ResponsibilityAssigned: Occurred & { unit: string; person?: string };
}

export type ProjectEventType = keyof ProjectEventData;

/** One fact about a project, in its current schema version (older ones are upcast on reading). */
export type ProjectEvent = {
  [Type in ProjectEventType]: { type: Type; data: ProjectEventData[Type] };
}[ProjectEventType];

/** The schema version new events are written with. A new version needs an upcaster from the one before. */
export const PROJECT_EVENT_VERSIONS: Record<ProjectEventType, number> = {
  ProjectProposed: 2,
  ProjectPromoted: 1,
  IntentSigned: 1,
  InvestmentSigned: 1,
  ProjectLanded: 1,
  ConstructionStarted: 1,
  FundsReceived: 1,
  ProjectOperating: 1,
  CommitmentRevised: 1,
  ProjectSuspended: 1,
  ProjectResumed: 1,
  ProjectTerminated: 1,
  InvestorChanged: 1,
  MilestoneCorrected: 1,
  MilestoneRevoked: 1,
  ResponsibilityAssigned: 1,
};
