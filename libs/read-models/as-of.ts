import { STAGES } from '../project/events';

/**
 * The condition that a row of `milestones` stood as of `$1` (validOn: a date or null) and `$2` (knownAt: an instant or null):
 * it had happened by that day, and was recorded and neither corrected nor revoked by that instant.
 */
export function standsAsOf(row: string): string {
  const known = `coalesce($2::timestamptz, 'infinity')`;
  return `(${row}.occurred_on <= coalesce($1::date, 'infinity') AND ${row}.recorded_at <= ${known}
    AND (${row}.superseded_at IS NULL OR ${row}.superseded_at > ${known})
    AND (${row}.revoked_at IS NULL OR ${row}.revoked_at > ${known}))`;
}

const SIGNINGS = `milestone IN ('intent-signed', 'investment-signed')`;
const STAGE_ARRAY = `ARRAY[${STAGES.map((stage) => `'${stage}'`).join(', ')}]`;

/**
 * The figures of the funnel from `milestones` instead of the cube: one row per project that existed as of `$1` and `$2`,
 * with the columns of the cube. It repeats `countProject` over what stood then; a property proves that both agree.
 * Only what a proposal fixes for good (prefecture, origin, cluster) comes from `projects`.
 */
export const CELLS_AS_OF = `(
  SELECT CASE WHEN signed THEN (first_signing).conference ELSE unsigned_conference END AS conference,
         project.prefecture, project.origin, project.cluster, (last_signing).agreement,
         date_trunc('month', (first_signing).occurred_on)::date AS signed_month,
         (${STAGE_ARRAY})[standing.stage] AS stage, standing.status,
         CASE WHEN signed THEN (first_signing).paired ELSE proposal_paired END AS paired,
         1 AS projects,
         coalesce((commitment).amount, 0) AS committed_value,
         CASE WHEN (commitment).bound = 'at-least' THEN 1 ELSE 0 END AS at_least,
         standing.funds_received, standing.constructions
  FROM (
    SELECT project,
      max(array_position(${STAGE_ARRAY}, milestone)) AS stage,
      coalesce((array_agg(CASE milestone WHEN 'resumed' THEN 'active' ELSE milestone END ORDER BY milestone_revision DESC)
        FILTER (WHERE milestone IN ('suspended', 'resumed', 'terminated')))[1], 'active') AS status,
      coalesce(bool_or(${SIGNINGS}), false) AS signed,
      (array_agg(m ORDER BY milestone_revision) FILTER (WHERE ${SIGNINGS}))[1] AS first_signing,
      (array_agg(m ORDER BY milestone_revision DESC) FILTER (WHERE ${SIGNINGS}))[1] AS last_signing,
      (array_agg(m ORDER BY milestone_revision DESC, milestone = 'commitment-revised' DESC, revision DESC)
        FILTER (WHERE ${SIGNINGS} OR milestone = 'commitment-revised'))[1] AS commitment,
      (array_agg(conference ORDER BY milestone_revision DESC)
        FILTER (WHERE milestone IN ('proposed', 'promoted') AND conference IS NOT NULL))[1] AS unsigned_conference,
      bool_or(paired) FILTER (WHERE milestone = 'proposed') AS proposal_paired,
      coalesce(sum(amount) FILTER (WHERE milestone = 'funds-received'), 0) AS funds_received,
      CASE WHEN bool_or(milestone = 'construction-started') THEN 1 ELSE 0 END AS constructions
    FROM read_models.milestones AS m WHERE ${standsAsOf('m')}
    GROUP BY project
    HAVING bool_or(milestone = 'proposed')
  ) AS standing
  JOIN read_models.projects AS project ON project.id = standing.project
)`;
