import { CivilDate } from './civil-date';
import { Agreement, Milestone, ProjectEventData, Stage, Status } from './events';
import { Money } from './money';

/** A commitment that replaces the amount of a signing. */
export interface CommitmentRevision {
  occurredOn: CivilDate;
  amount: Money;
}

/** A change of the status beside the stage. */
export interface StatusChange {
  status: Status;
  occurredOn: CivilDate;
  reason: string;
}

/** Another investor took the project over. */
export interface InvestorChange {
  /** Revision of the event that recorded it. */
  revision: number;
  occurredOn: CivilDate;
  investor: string;
}

/** A milestone that has been recorded and neither revoked nor replaced. */
export interface StandingMilestone {
  milestone: Milestone;
  /** Revision of the event that recorded it; corrections keep it. */
  revision: number;
  occurredOn: CivilDate;
  amount?: Money;
  /** For signings. */
  agreement?: Agreement;
  conference?: string;
  /** For signings: what has been agreed instead since, in order; missing while there is none. */
  revisions?: CommitmentRevision[];
}

/** Everything the decider needs of a project: plain JSON, so that a snapshot is a copy. `undefined` before the first event. */
export interface ProjectState {
  /** Revision of the last event folded; the first event has revision 0. */
  revision: number;
  proposal: ProjectEventData['ProjectProposed'];
  /** Who builds it now; `proposal` keeps who proposed it. */
  investor: string;
  /** In order, of happening as of recording. */
  investorChanges: InvestorChange[];
  stage: Stage;
  status: Status;
  /** In the order of recording. */
  milestones: StandingMilestone[];
  /** Amount of the last CommitmentRevised since the signing that stands last; undefined when none. */
  revisedCommitment?: Money;
  /** In order; a revoked termination is taken away, so that the status falls back to the one before. */
  statusChanges: StatusChange[];
  /** Since when the status is what it is (a civil date); undefined while the status has never changed. */
  statusSince?: CivilDate;
  statusReason?: string;
  legalEntity?: string;
  plannedStart?: CivilDate;
  plannedCompletion?: CivilDate;
  responsibility: { unit?: string; person?: string };
}
