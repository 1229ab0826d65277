import { Pool } from '../postgres/pool';
import { Agreement, Stage, Status } from '../project/events';
import { AsOf, CohortFilter, Figures } from './figures';

/** What a funnel can be split by. */
export const FUNNEL_DIMENSIONS = [
  'conference',
  'prefecture',
  'origin',
  'cluster',
  'agreement',
  'signedMonth',
  'paired',
] as const;
export type FunnelDimension = (typeof FUNNEL_DIMENSIONS)[number];

export interface FunnelStage {
  stage: Stage;
  /** Projects whose stage is this one now. */
  standing: Figures;
  /** Projects that have come at least this far (terminated ones included: they did reach it). */
  reached: Figures;
}

export interface FunnelGroup {
  /** Value of the dimension (`true`/`false` for paired, `YYYY-MM` for the month); null where a project has none, or without `by`. */
  key: string | null;
  total: Figures;
  /** In the order of a project's life, all six, also the empty ones. */
  stages: FunnelStage[];
  statuses: Record<Status, Figures>;
  /** `none`: not signed. */
  agreements: Record<Agreement | 'none', Figures>;
}

export interface FunnelQuery extends AsOf {
  filter?: CohortFilter;
  by?: FunnelDimension;
}

/** One group without `by` (also when empty); else one per value that occurs, ordered by key, nulls last. `currency` names that of the programme. */
export declare function queryFunnel(pool: Pool, query: FunnelQuery, currency: string): Promise<FunnelGroup[]>;
