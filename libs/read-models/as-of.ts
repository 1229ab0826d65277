import { STAGES } from '../project/events';
import { AsOf } from './figures';

/** Where the rows of a statistic come from: `live`, or `past`, whose `$1` and `$2` are the first of `values`. */
export function sourceAsOf(
  { validOn, knownAt }: AsOf,
  live: string,
  past: string,
): { rows: string; values: (string | null)[] } {
  const isLive = validOn === undefined && knownAt === undefined;
  return isLive ? { rows: live, values: [] } : { rows: past, values: [validOn ?? null, knownAt ?? null] };
}

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
 * The texts of the first or last milestone that fits, after its place among the project's milestones. Not `array_agg` in an
 * order: that sorts all milestones, and no two workers can share the work (2.0 s instead of 0.7 s for 450,000 of them).
 */
function pick(aggregate: 'min' | 'max', where: string, ...texts: string[]): string {
  return `${aggregate}(ARRAY[${[padded('milestone_revision'), ...texts].join(', ')}] COLLATE "C") FILTER (WHERE ${where})`;
}

/** A revision as a text that sorts as the number does. */
function padded(revision: string): string {
  return `(1000000000 + ${revision})::text`;
}

/** Who had the project when it was first signed; see `signatory` in the domain. Looked up only for who asks for it. */
const SIGNATORY = `(
  SELECT m.investor FROM read_models.milestones AS m
  WHERE m.project = standing.project AND m.milestone IN ('proposed', 'investor-changed') AND ${standsAsOf('m')}
    AND (m.occurred_on < first_signing[2]::date
      OR (m.occurred_on = first_signing[2]::date AND ${padded('m.milestone_revision')} < first_signing[1]))
  ORDER BY m.milestone_revision DESC LIMIT 1
)`;

/**
 * The board from `milestones`: one row per project that existed as of `$1` and `$2`, with the columns of `projects` from which
 * figures are made. It repeats `projectRow` over what stood then; properties prove that both agree. Only what a proposal
 * fixes for good (prefecture, origin, cluster) comes from `projects`. A column that is not asked for costs nothing.
 */
export const PROJECTS_AS_OF = `(
  SELECT project.id, ${SIGNATORY} AS signed_investor, project.prefecture, project.origin, project.cluster,
         CASE WHEN signed THEN first_signing[4] ELSE unsigned_conference[2] END AS credited_conference,
         first_signing[2]::date AS first_signed_on, first_signing[4] AS signing_conference,
         first_terms[2] AS signed_agreement, first_terms[3]::numeric AS signed_value, first_terms[4] AS signed_bound,
         last_signing[2] AS agreement,
         commitment[4]::numeric AS committed_value, commitment[5] AS committed_bound,
         (${STAGE_ARRAY})[standing.stage] AS stage, coalesce(standing.status[2], 'active') AS status,
         CASE WHEN signed THEN first_signing[3]::boolean ELSE proposal_paired END AS paired,
         coalesce(standing.funds_received, 0.00) AS funds_received,
         CASE WHEN standing.funds_at_least THEN 'at-least' ELSE 'exact' END AS funds_bound,
         standing.landed_on, standing.construction_started_on, standing.operating_on
  FROM (
    SELECT project,
      max(array_position(${STAGE_ARRAY}, milestone)) AS stage,
      ${pick(
        'max',
        `milestone IN ('suspended', 'resumed', 'terminated')`,
        `CASE milestone WHEN 'resumed' THEN 'active' ELSE milestone END`,
      )} AS status,
      coalesce(bool_or(${SIGNINGS}), false) AS signed,
      ${pick('min', SIGNINGS, 'occurred_on::text', 'paired::text', 'conference')} AS first_signing,
      ${pick('min', SIGNINGS, 'agreement', 'amount::text', 'bound')} AS first_terms,
      ${pick('max', SIGNINGS, 'agreement')} AS last_signing,
      ${pick(
        'max',
        `${SIGNINGS} OR milestone = 'commitment-revised'`,
        `(milestone = 'commitment-revised')::text`,
        padded('revision'),
        'amount::text',
        'bound',
      )} AS commitment,
      ${pick(
        'max',
        `milestone IN ('proposed', 'promoted') AND conference IS NOT NULL`,
        'conference',
      )} AS unsigned_conference,
      bool_or(paired) FILTER (WHERE milestone = 'proposed') AS proposal_paired,
      sum(amount) FILTER (WHERE milestone = 'funds-received') AS funds_received,
      bool_or(bound = 'at-least') FILTER (WHERE milestone = 'funds-received') AS funds_at_least,
      ${dayOf('landed')}, ${dayOf('construction-started')}, ${dayOf('operating')}
    FROM read_models.milestones AS m WHERE ${standsAsOf('m')}
    GROUP BY project
    HAVING bool_or(milestone = 'proposed')
  ) AS standing
  JOIN read_models.projects AS project ON project.id = standing.project
)`;

/** Of each of these, one stands at a time. */
function dayOf(milestone: 'landed' | 'construction-started' | 'operating'): string {
  return `max(occurred_on) FILTER (WHERE milestone = '${milestone}') AS ${milestone.replace('-', '_')}_on`;
}

/** The cube of the funnel as of `$1` and `$2`, one row per project. */
export const CELLS_AS_OF = `(
  SELECT credited_conference AS conference, prefecture, origin, cluster, agreement,
         date_trunc('month', first_signed_on)::date AS signed_month, stage, status, paired,
         1 AS projects, coalesce(committed_value, 0) AS committed_value,
         CASE WHEN committed_bound = 'at-least' THEN 1 ELSE 0 END AS at_least, funds_received,
         CASE WHEN construction_started_on IS NULL THEN 0 ELSE 1 END AS constructions,
         CASE WHEN funds_bound = 'at-least' THEN 1 ELSE 0 END AS funds_at_least
  FROM ${PROJECTS_AS_OF} AS counted
)`;
