import { Pool } from '../postgres/pool';
import { Agreement, Stage, STAGES, Status } from '../project/events';
import { fromCents, toCents } from '../project/money';
import { ProgrammeFacts } from '../project/programme-facts';
import { ProjectState } from '../project/state';
import { CellSums, queryCells, sumFigures } from './cells';
import { CountedProject, countProject } from './counted-project';
import { AsOf, CohortFilter, Figures } from './figures';
import { lastStep, ProjectChange, ReadModel } from './read-model';
import { column, internal, optional, recordset, Table } from './shape';

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

export const FUNNEL: Table = {
  name: 'funnel',
  comment:
    '漏斗立方：每个项目只计一次，按首次有效签约归属 · ' +
    'Counts and money; every project counts once, for the conference and month of its first standing signing',
  columns: {
    cell: internal('text', 'All dimensions in one text: the key that deltas are added to.'),
    conference: optional('text', '计入的推介会', 'Conference it counts for'),
    prefecture: column('text', '落户地州代码', 'Region (code)'),
    origin: column('text', '来源方代码', 'Partner (code)'),
    cluster: optional('text', '产业集群', 'Industrial cluster (id)'),
    agreement: optional('text', '当前协议类别；空为未签约', 'intent, framework, investment; null: not signed'),
    signed_month: optional(
      'date',
      '首次有效签约月份（当月第一天）',
      'First day of the month of the first standing signing',
    ),
    stage: column('text', '阶段', 'Stage'),
    status: column('text', '状态', 'Status'),
    paired: column('boolean', '是否对口结对', 'Inside its pairing on the day of signing, before that of proposal'),
    projects: column('integer', '项目数', 'Projects'),
    committed_value: column('numeric', '当前协议投资额合计', 'Commitments now (in currency)'),
    at_least: column('integer', '其中金额为下限的项目数', 'Of these, how many amounts are lower bounds'),
    funds_received: column('numeric', '到位资金合计', 'Funds received (in currency)'),
    constructions: column('integer', '已开工项目数', 'Of these, how many have started construction'),
    funds_at_least: column(
      'integer',
      '其中到位资金为下限的项目数',
      'Of these, how many funds received are lower bounds',
    ),
  },
  primaryKey: ['cell'],
  indexes: ['(conference)'],
};

interface Dimensions {
  conference: string | null;
  prefecture: string;
  origin: string;
  cluster: string | null;
  agreement: Agreement | null;
  signed_month: string | null;
  stage: Stage;
  status: Status;
  paired: boolean;
}

interface Delta extends Dimensions {
  cell: string;
  projects: number;
  committedCents: bigint;
  at_least: number;
  fundsCents: bigint;
  constructions: number;
  funds_at_least: number;
}

function dimensions(project: CountedProject): Dimensions {
  const { conference, prefecture, origin, cluster, agreement, signedOn, stage, status, paired } = project;
  const signed_month = signedOn && `${signedOn.slice(0, 7)}-01`;
  return { conference, prefecture, origin, cluster, agreement, signed_month, stage, status, paired };
}

/** What the changes add to and take from each cell; a cell that nothing changes is left out. */
export function funnelDeltas(changes: readonly ProjectChange[], programme: ProgrammeFacts) {
  const deltas = new Map<string, Delta>();
  for (const change of changes) {
    if (change.before) addTo(deltas, change.before, programme, -1);
    addTo(deltas, lastStep(change).state, programme, 1);
  }
  // In one order for all: projectors that share the work add to the same cells, and would wait for each other in a circle.
  const sorted = [...deltas.values()].sort((a, b) => (a.cell < b.cell ? -1 : 1));
  return sorted.filter(changesAnything).map(({ committedCents, fundsCents, ...delta }) => ({
    ...delta,
    committed_value: fromCents(committedCents),
    funds_received: fromCents(fundsCents),
  }));
}

function addTo(deltas: Map<string, Delta>, state: ProjectState, programme: ProgrammeFacts, sign: 1 | -1): void {
  const project = countProject(state, programme);
  const dims = dimensions(project);
  const cell = JSON.stringify(Object.values(dims));
  const before = deltas.get(cell);
  const sum = before ?? {
    ...dims,
    cell,
    projects: 0,
    committedCents: 0n,
    at_least: 0,
    fundsCents: 0n,
    constructions: 0,
    funds_at_least: 0,
  };
  const { committed, fundsReceived } = project;
  const factor = BigInt(sign);
  sum.projects += sign;
  if (committed) sum.committedCents += factor * toCents(committed.value);
  if (committed?.bound === 'at-least') sum.at_least += sign;
  sum.fundsCents += factor * toCents(fundsReceived.value);
  if (fundsReceived.bound === 'at-least') sum.funds_at_least += sign;
  if (project.constructionStarted) sum.constructions += sign;
  if (!before) deltas.set(cell, sum);
}

function changesAnything({ committedCents, fundsCents, ...delta }: Delta): boolean {
  const counts = [delta.projects, delta.at_least, delta.constructions, delta.funds_at_least];
  return committedCents !== 0n || fundsCents !== 0n || counts.some((count) => count !== 0);
}

const MEASURES = ['projects', 'committed_value', 'at_least', 'funds_received', 'constructions', 'funds_at_least'];

export const funnel: ReadModel = {
  name: 'funnel',
  version: 2,
  tables: [FUNNEL],
  project: (changes, schema, programme) => {
    const deltas = funnelDeltas(changes.projects, programme);
    return [
      { kind: 'apply', sql: addDeltas(schema), rows: deltas },
      {
        kind: 'apply',
        sql: dropEmptied(schema),
        rows: deltas.filter(({ projects }) => projects < 0).map(({ cell }) => ({ cell })),
      },
    ];
  },
};

function addDeltas(schema: string): string {
  const names = Object.keys(FUNNEL.columns).join(', ');
  const sums = MEASURES.map((name) => `${name} = funnel.${name} + excluded.${name}`).join(', ');
  return `INSERT INTO ${schema}.funnel AS funnel (${names}) SELECT ${names} FROM ${recordset(FUNNEL.columns)}
    ON CONFLICT (cell) DO UPDATE SET ${sums}`;
}

function dropEmptied(schema: string): string {
  return `DELETE FROM ${schema}.funnel AS funnel USING ${recordset({ cell: { type: 'text' } })}
    WHERE funnel.cell = row.cell AND funnel.projects = 0`;
}

const COLUMN_OF: Record<FunnelDimension, string> = {
  conference: 'conference',
  prefecture: 'prefecture',
  origin: 'origin',
  cluster: 'cluster',
  agreement: 'agreement',
  signedMonth: `to_char(signed_month, 'YYYY-MM')`,
  paired: 'paired::text',
};

interface FunnelRow {
  key: string | null;
  stage: Stage;
  status: Status;
  agreement: Agreement | null;
}

/** One group without `by` (also when empty); else one per value that occurs, ordered by key, nulls last. `currency` names that of the programme. */
export async function queryFunnel(pool: Pool, query: FunnelQuery, currency: string): Promise<FunnelGroup[]> {
  const key = query.by ? COLUMN_OF[query.by] : 'NULL::text';
  const rows = await queryCells<FunnelRow>(pool, query, [`${key} AS key`, 'stage', 'status', 'agreement']);
  const groups = Map.groupBy(rows, (row) => row.key);
  if (!query.by && groups.size === 0) groups.set(null, []);
  const keys = [...groups.keys()].sort(nullsLast);
  return keys.map((each) => ({ key: each, ...summarize(groups.get(each) ?? [], currency) }));
}

function nullsLast(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}

function summarize(rows: readonly (FunnelRow & CellSums)[], currency: string): Omit<FunnelGroup, 'key'> {
  const figures = (matches: (row: FunnelRow) => boolean): Figures => sumFigures(rows.filter(matches), currency);
  const reached = (stage: Stage) => figures((row) => STAGES.indexOf(row.stage) >= STAGES.indexOf(stage));
  const byStatus = (status: Status) => figures((row) => row.status === status);
  const byAgreement = (agreement: Agreement | null) => figures((row) => row.agreement === agreement);
  return {
    total: figures(() => true),
    stages: STAGES.map((stage) => ({
      stage,
      standing: figures((row) => row.stage === stage),
      reached: reached(stage),
    })),
    statuses: { active: byStatus('active'), suspended: byStatus('suspended'), terminated: byStatus('terminated') },
    agreements: {
      intent: byAgreement('intent'),
      framework: byAgreement('framework'),
      investment: byAgreement('investment'),
      none: byAgreement(null),
    },
  };
}
