import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Agreement, Stage, Status } from '../project/events';
import { normalCode, normalText } from '../project/normal-text';
import { ProjectState } from '../project/state';
import { listMilestones, MilestoneRow } from './milestones.query';
import { afterCursor, Order, orderBy, ProjectSort, sortValue, writeCursor } from './project-order';
import { ProjectView, toView, VIEW_COLUMNS, ViewRow } from './project-view';

export { CURSOR_LIMIT, InvalidCursor, PROJECT_SORTS, type ProjectSort } from './project-order';
export type { ProjectView } from './project-view';

export interface ProjectDetail extends ProjectView {
  state: ProjectState;
  milestones: MilestoneRow[];
  /** Set while the project's newer events cannot be projected: what is shown is the state before them. */
  parked: { error: string; since: string; waiting: number } | null;
}

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
  /** Part of title, code or investor as they are recorded, however it is spelt itself; case does not matter. */
  q?: string;
  /** First standing signing, both days included. */
  signedFrom?: CivilDate;
  signedTo?: CivilDate;
}

export interface ProjectListQuery {
  filter?: ProjectFilter;
  /** Default `code`. Equal values are ordered by id. */
  sort?: ProjectSort;
  /** Default false. */
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

/**
 * A page of the board. A page begins behind the sort value and id at which the one before ended. So whatever is recorded while
 * pages are turned, a project whose own sort value stays is shown exactly once, in the default order every one. One whose value
 * changes is shown where it then belongs, if that is still to come. By `lastActivityAt`, which only rises, it always is: none is
 * left out; descending it never is: none is shown twice.
 * @throws InvalidCursor
 */
export async function listProjects(pool: Pool, query: ProjectListQuery): Promise<ProjectPage> {
  const { sort = 'code', descending = false, limit = 50 } = query;
  const order: Order = { sort, descending };
  const values: unknown[] = [];
  const filters = filterConditions(query.filter ?? {}, values).join(' AND ') || 'true';
  const total = pool.query<{ total: string }>(
    `SELECT count(*) AS total FROM read_models.projects AS project WHERE ${filters}`,
    [...values],
  );
  const after = query.cursor === undefined ? 'true' : afterCursor(order, query.cursor, values);
  values.push(limit + 1);
  const page = pool.query<ViewRow & { sort_value: string }>(
    `SELECT ${VIEW_COLUMNS}, ${sortValue(order)} AS sort_value FROM read_models.projects AS project
     WHERE ${filters} AND ${after} ORDER BY ${orderBy(order)} LIMIT $${values.length}`,
    values,
  );
  const [{ rows: counted }, { rows }] = await Promise.all([total, page]);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => toView(row, query.today)),
    total: Number(counted[0]?.total),
    next: rows.length > limit && last ? writeCursor(order, last.sort_value, last.id) : null,
  };
}

/** Undefined for an id that does not exist. */
export async function findProject(pool: Pool, id: string, today: CivilDate): Promise<ProjectDetail | undefined> {
  const [{ rows }, milestones] = await Promise.all([
    pool.query<ViewRow & { state: ProjectState; parked: ProjectDetail['parked'] }>(
      `SELECT ${VIEW_COLUMNS}, project.state,
         (SELECT jsonb_build_object('error', error, 'since', to_char(parked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                                    'waiting', waiting)
          FROM read_models.parked WHERE stream = 'project-' || project.id) AS parked
       FROM read_models.projects AS project WHERE id = $1`,
      [id],
    ),
    listMilestones(pool, id),
  ]);
  const row = rows[0];
  return row && { ...toView(row, today), state: row.state, milestones, parked: row.parked };
}

/** How each filter is written; `?` stands for its value. */
const CONDITIONS: Record<keyof ProjectFilter, string> = {
  stage: 'stage = ?',
  status: 'status = ?',
  conference: 'credited_conference = ?',
  prefecture: 'prefecture = ?',
  origin: 'origin = ?',
  cluster: 'cluster = ?',
  agreement: 'agreement = ?',
  paired: 'paired = ?',
  q: `(concat_ws(E'\\n', title, investor) ~ (?::text[])[1] OR code ~ (?::text[])[2])`,
  signedFrom: 'first_signed_on >= ?',
  signedTo: 'first_signed_on <= ?',
};

/** The conditions of a filter on `read_models.projects AS project`; appends what they compare with to `values`. */
export function filterConditions(filter: ProjectFilter, values: unknown[]): string[] {
  return Object.entries(CONDITIONS).flatMap(([name, condition]) => {
    const value = filter[name as keyof ProjectFilter];
    if (value === undefined) return [];
    values.push(name === 'q' ? searched(String(value)) : value);
    return [condition.replaceAll('?', `$${values.length}`)];
  });
}

/** Patterns for texts and for codes, each of which has its spelling. Of a text that leaves no letter of a code no code has a part. */
function searched(q: string): [string, string | null] {
  const code = normalCode(q);
  return [patternOf(normalText(q)), code === '' && normalText(q) !== '' ? null : patternOf(code)];
}

/** What finds a text, both cases of each letter, as a regular expression: what case is in SQL depends on the locale of the database. */
function patternOf(text: string): string {
  const cases = (letter: string) =>
    [...new Set([letter, letter.toLowerCase(), letter.toUpperCase()])].filter((each) => Array.from(each).length === 1);
  return Array.from(text, (letter) => {
    const [only, ...others] = cases(letter);
    if (others.length > 0) return `[${cases(letter).join('')}]`;
    return (only ?? '').replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
  }).join('');
}
