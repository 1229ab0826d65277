import { CivilDate } from './civil-date';
import { Milestone, ProjectEventData } from './events';

/** Which milestone a correction or revocation means. `revision` is needed only where several of a kind stand (funds received). */
export interface MilestoneReference {
  milestone: Milestone;
  revision?: number;
}

interface CommandData {
  Propose: Omit<ProjectEventData['ProjectProposed'], 'programme'>;
  Promote: ProjectEventData['ProjectPromoted'];
  SignIntent: ProjectEventData['IntentSigned'];
  SignInvestment: ProjectEventData['InvestmentSigned'];
  Land: ProjectEventData['ProjectLanded'];
  StartConstruction: ProjectEventData['ConstructionStarted'];
  ReceiveFunds: ProjectEventData['FundsReceived'];
  Operate: ProjectEventData['ProjectOperating'];
  ReviseCommitment: ProjectEventData['CommitmentRevised'];
  Suspend: ProjectEventData['ProjectSuspended'];
  Resume: ProjectEventData['ProjectResumed'];
  Terminate: ProjectEventData['ProjectTerminated'];
  ChangeInvestor: ProjectEventData['InvestorChanged'];
  /** `occurredOn` of a correction or revocation is the day it was made; the decider fills in today when it is missing. */
  CorrectMilestone: MilestoneReference & {
    occurredOn?: CivilDate;
    correctedOn?: CivilDate;
    correctedAmount?: ProjectEventData['FundsReceived']['amount'];
    reason: string;
  };
  RevokeMilestone: MilestoneReference & { occurredOn?: CivilDate; reason: string };
  AssignResponsibility: Omit<ProjectEventData['ResponsibilityAssigned'], 'occurredOn'> & { occurredOn?: CivilDate };
}

export type ProjectCommandType = keyof CommandData;

/** What somebody asks to be recorded of one project. The actor, the command's id and the expected revision travel beside it. */
export type ProjectCommand = {
  [Type in ProjectCommandType]: { type: Type; data: CommandData[Type] };
}[ProjectCommandType];

export type ProjectCommandData = CommandData;
