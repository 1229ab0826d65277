import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Agreement, Stage, Status } from '../project/events';
import { Money } from '../project/money';
import { ProjectState } from '../project/state';
import { MilestoneRow } from './milestones.read-model';

/** A project as the board shows it. */
export interface ProjectView {
  id: string;
  code: string | null;
  title: string;
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
  firstSigning: { on: CivilDate; conference: string | null; agreement: Agreement; amount: Money | null } | null;
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

export interface ProjectDetail extends ProjectView {
  state: ProjectState;
  milestones: MilestoneRow[];
  /** Set while the project's newer events cannot be projected: what is shown is the state before them. */
  parked: { error: string; since: string; waiting: number } | null;
}

export const PROJECT_SORTS = [
  'lastActivityAt',
  'title',
  'investor',
  'prefecture',
  'origin',
  'stage',
  'stageSince',
  'committed',
  'fundsReceived',
  'firstSignedOn',
  'proposedOn',
] as const;
export type ProjectSort = (typeof PROJECT_SORTS)[number];

export interface ProjectFilter {
  stage?: Stage;
  status?: Status;
  /** Conference credited with the signing; for an unsigned project, where it was promoted or proposed. */
  conference?: string;
  prefecture?: string;
  origin?: string;
  cluster?: string;
  agreement?: Agreement;
  paired?: boolean;
  /** Part of title, code or investor; case does not matter. */
  q?: string;
  /** First standing signing, both days included. */
  signedFrom?: CivilDate;
  signedTo?: CivilDate;
}

export interface ProjectListQuery {
  filter?: ProjectFilter;
  /** Default `lastActivityAt` descending. Nulls come last in either direction; equal values are ordered by id. */
  sort?: ProjectSort;
  descending?: boolean;
  /** 1 to 1,000; default 50. */
  limit?: number;
  /** `next` of the page before, for the same sort and direction. */
  cursor?: string;
  /** The day `daysInStage` counts to, in the programme's time zone. */
  today: CivilDate;
}

export interface ProjectPage {
  items: ProjectView[];
  /** Projects that match the filter, on all pages. */
  total: number;
  /** Opaque; null on the last page. */
  next: string | null;
}

/** The cursor is none that this sort has given out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

/** A page of the board. Stable under writes: a project is neither shown twice nor skipped unless its own sort value changes. @throws InvalidCursor */
export declare function listProjects(pool: Pool, query: ProjectListQuery): Promise<ProjectPage>;

/** Undefined for an id that does not exist. */
export declare function findProject(pool: Pool, id: string, today: CivilDate): Promise<ProjectDetail | undefined>;
