import { ClientBase } from '../postgres/pool';
import { CONFERENCES } from './conferences.read-model';
import { FUNNEL } from './funnel.read-model';
import { MILESTONES_TABLE } from './milestones.read-model';
import { PROJECTS } from './projects.read-model';
import { Table } from './shape';

/** May read the views of schema `reporting` and nothing else. Nobody can log in as it: grant it to those who may. */
export const REPORTING_ROLE = 'luodi_reporting';

/** A view of schema `reporting`: the contract for BI tools. A new column comes last, see {@link publishReporting}. */
interface View {
  name: string;
  comment: string;
  columns: Record<string, { comment: string }>;
  /** What follows `AS`. */
  sql: string;
}

const MATRIX: View = {
  name: 'matrix',
  comment: '来源方 × 地州 · Partner × region, by whether the project is inside its pairing',
  columns: {
    origin: { comment: '来源方代码 · Partner (code)' },
    prefecture: { comment: '落户地州代码 · Region (code)' },
    paired: { comment: '是否对口结对 · Inside its pairing' },
    projects: { comment: '项目数 · Projects' },
    investment_projects: { comment: '投资协议项目数 · Projects with an investment agreement' },
    intent_projects: { comment: '意向与框架协议项目数 · Projects with an intent or framework agreement' },
    committed_value: { comment: '当前协议投资额合计 · Commitments now (in currency)' },
    investment_value: { comment: '其中投资协议 · Of these, in investment agreements' },
    intent_value: { comment: '其中意向与框架协议 · Of these, in intent and framework agreements' },
    at_least: { comment: '其中金额为下限的项目数 · How many amounts are lower bounds' },
    funds_received: { comment: '到位资金合计 · Funds received (in currency)' },
    constructions: { comment: '已开工项目数 · How many have started construction' },
    funds_at_least: { comment: '其中到位资金为下限的项目数 · How many funds received are lower bounds' },
  },
  sql: `SELECT origin, prefecture, paired, sum(projects)::bigint,
      coalesce(sum(projects) FILTER (WHERE agreement = 'investment'), 0)::bigint,
      coalesce(sum(projects) FILTER (WHERE agreement IN ('intent', 'framework')), 0)::bigint,
      sum(committed_value),
      coalesce(sum(committed_value) FILTER (WHERE agreement = 'investment'), 0),
      coalesce(sum(committed_value) FILTER (WHERE agreement IN ('intent', 'framework')), 0),
      sum(at_least)::bigint, sum(funds_received), sum(constructions)::bigint, sum(funds_at_least)::bigint
    FROM read_models.funnel GROUP BY origin, prefecture, paired`,
};

export const REPORTING_VIEWS: readonly View[] = [
  ...[PROJECTS, MILESTONES_TABLE, FUNNEL, CONFERENCES].map(viewOf),
  MATRIX,
];

function viewOf({ name, comment, columns: all }: Table): View {
  const columns = Object.fromEntries(Object.entries(all).filter(([, { internal }]) => !internal));
  return { name, comment, columns, sql: `SELECT ${Object.keys(columns).join(', ')} FROM read_models.${name}` };
}

/**
 * Makes the views look at the live generation, inside the transaction that makes it live. Grants, and views that others have
 * built on these, survive as long as a view only gains columns behind those it has.
 * @throws DatabaseError when a view has lost or changed columns and others depend on it
 */
export async function publishReporting(client: ClientBase, onNotice: (text: string) => void): Promise<void> {
  await client.query('CREATE SCHEMA IF NOT EXISTS reporting');
  for (const view of REPORTING_VIEWS) await replaceView(client, view);
  await client.query(REPORTING_VIEWS.map(comments).join(';\n'));
  const names = REPORTING_VIEWS.map(({ name }) => `reporting.${name}`).join(', ');
  const isGranted = await attempt(client, /^42501$/, [
    `DO $$ BEGIN
       IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${REPORTING_ROLE}') THEN
         CREATE ROLE ${REPORTING_ROLE} NOLOGIN;
       END IF;
     EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was faster
     END $$`,
    `GRANT USAGE ON SCHEMA reporting TO ${REPORTING_ROLE}`,
    `GRANT SELECT ON ${names} TO ${REPORTING_ROLE}`,
  ]);
  if (!isGranted)
    onNotice(`role ${REPORTING_ROLE} was not created or granted: this database user may not create roles`);
}

/** A view can be replaced while it keeps its columns; else it is made anew. */
async function replaceView(client: ClientBase, { name, columns, sql }: View): Promise<void> {
  const create = `VIEW reporting.${name} (${Object.keys(columns).join(', ')}) AS ${sql}`;
  if (await attempt(client, /^42P16$/, [`CREATE OR REPLACE ${create}`])) return;
  await client.query(`DROP VIEW reporting.${name}`);
  await client.query(`CREATE ${create}`);
}

function comments({ name, comment, columns }: View): string {
  const ofColumns = Object.entries(columns).map(
    ([column, { comment: text }]) => `COMMENT ON COLUMN reporting.${name}.${column} IS ${quote(text)}`,
  );
  return [`COMMENT ON VIEW reporting.${name} IS ${quote(comment)}`, ...ofColumns].join(';\n');
}

function quote(text: string): string {
  return `'${text.replaceAll(`'`, `''`)}'`;
}

/** Runs statements inside the open transaction; false, and no effect, when one fails with a code that is expected. */
async function attempt(client: ClientBase, expected: RegExp, statements: readonly string[]): Promise<boolean> {
  await client.query('SAVEPOINT attempt');
  try {
    for (const statement of statements) await client.query(statement);
  } catch (error) {
    await client.query('ROLLBACK TO SAVEPOINT attempt');
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!expected.test(code)) throw error;
    return false;
  }
  await client.query('RELEASE SAVEPOINT attempt');
  return true;
}
