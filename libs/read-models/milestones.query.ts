import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Agreement } from '../project/events';
import { Money } from '../project/money';
import { standsAsOf } from './as-of';
import { AsOf } from './figures';
import { RecordedMilestone } from './milestones.read-model';

/** One milestone as it was recorded once: a correction adds a row and supersedes the old, a revocation only marks. */
export interface MilestoneRow {
  project: string;
  /** Revision of the event that recorded this row. */
  revision: number;
  /**
   * Revision of the event that recorded the milestone first; corrections keep it, and it names the milestone in corrections
   * and revocations. A revised commitment has that of its signing.
   */
  milestoneRevision: number;
  milestone: RecordedMilestone;
  occurredOn: CivilDate;
  /** ISO 8601 UTC. */
  recordedAt: string;
  recordedBy: string;
  amount: Money | null;
  agreement: Agreement | null;
  conference: string | null;
  /** Who invests from then on: of proposals and changes of investor. */
  investor: string | null;
  supersededAt: string | null;
  revokedAt: string | null;
}

interface Selected {
  project: string;
  revision: number;
  milestone_revision: number;
  milestone: RecordedMilestone;
  occurred_on: string;
  recorded_at: Date;
  recorded_by: string;
  amount: string | null;
  bound: Money['bound'] | null;
  currency: string | null;
  agreement: Agreement | null;
  conference: string | null;
  investor: string | null;
  superseded_at: Date | null;
  revoked_at: Date | null;
}

/** All rows of a project in the order of recording, also superseded and revoked ones; with `asOf` only those that stood then. */
export async function listMilestones(pool: Pool, project: string, asOf?: AsOf): Promise<MilestoneRow[]> {
  const { rows } = await pool.query<Selected>(
    `SELECT *, occurred_on::text AS occurred_on FROM read_models.milestones AS m
     WHERE project = $3 AND ($4 OR ${standsAsOf('m')}) ORDER BY revision`,
    [asOf?.validOn ?? null, asOf?.knownAt ?? null, project, asOf === undefined],
  );
  return rows.map((row) => ({
    project: row.project,
    revision: row.revision,
    milestoneRevision: row.milestone_revision,
    milestone: row.milestone,
    occurredOn: row.occurred_on,
    recordedAt: row.recorded_at.toISOString(),
    recordedBy: row.recorded_by,
    amount: moneyOf(row),
    agreement: row.agreement,
    conference: row.conference,
    investor: row.investor,
    supersededAt: row.superseded_at?.toISOString() ?? null,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }));
}

function moneyOf({ amount, bound, currency }: Selected): Money | null {
  return amount === null || currency === null ? null : { value: amount, currency, bound: bound ?? 'exact' };
}
