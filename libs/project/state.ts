import { CivilDate } from './civil-date';
import { Agreement, Milestone, ProjectEventData, Stage, Status } from './events';
import { Money } from './money';

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
}

/** Everything the decider needs of a project: plain JSON, so that a snapshot is a copy. `undefined` before the first event. */
export interface ProjectState {
  /** Revision of the last event folded; the first event has revision 0. */
  revision: number;
  proposal: ProjectEventData['ProjectProposed'];
  stage: Stage;
  status: Status;
  /** In the order of recording. */
  milestones: StandingMilestone[];
  /** Amount of the last CommitmentRevised since the signing that stands last; undefined when none. */
  revisedCommitment?: Money;
  /** Since when the status is what it is (a civil date); undefined while the status has never changed. */
  statusSince?: CivilDate;
  statusReason?: string;
  legalEntity?: string;
  plannedStart?: CivilDate;
  plannedCompletion?: CivilDate;
  responsibility: { unit?: string; person?: string };
}
