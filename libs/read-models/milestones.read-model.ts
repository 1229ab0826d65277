import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Agreement, Milestone } from '../project/events';
import { Money } from '../project/money';
import { AsOf } from './figures';

/** Beside the milestones proper, what else changes a figure: kept here so that any figure of the past can be had from this table. */
export type RecordedMilestone = Milestone | 'commitment-revised' | 'suspended' | 'resumed';

/** One milestone as it was recorded once: a correction adds a row and supersedes the old, a revocation only marks. */
export interface MilestoneRow {
  project: string;
  /** Revision of the event that recorded this row. */
  revision: number;
  /** Revision of the event that recorded the milestone first; corrections keep it. Names it in corrections and revocations. */
  milestoneRevision: number;
  milestone: RecordedMilestone;
  occurredOn: CivilDate;
  /** ISO 8601 UTC. */
  recordedAt: string;
  recordedBy: string;
  amount: Money | null;
  agreement: Agreement | null;
  conference: string | null;
  supersededAt: string | null;
  revokedAt: string | null;
}

/** All rows of a project in the order of recording, also superseded and revoked ones; with `asOf` only those that stood then. */
export declare function listMilestones(pool: Pool, project: string, asOf?: AsOf): Promise<MilestoneRow[]>;
