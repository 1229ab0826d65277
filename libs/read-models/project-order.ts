import { isCivilDate } from '../project/civil-date';
import { TEXT_LIMIT } from '../project/field-checks';

/**
 * What the board can be sorted by. `code` and `title` of a project never change. Each has an index of its own, so that no page
 * takes longer than the first: keep them few.
 */
export const PROJECT_SORTS = ['code', 'title', 'committed', 'stageSince', 'lastActivityAt'] as const;
export type ProjectSort = (typeof PROJECT_SORTS)[number];

/** The cursor is none that this sort has given out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

export interface Order {
  sort: ProjectSort;
  descending: boolean;
}

type SortType = 'text' | 'numeric' | 'date' | 'timestamptz';

/**
 * The SQL value of `projects AS project` that a sort compares, and its type. None is null and none depends on the collation of the database: one index
 * serves both directions, and pages keep their order when the system's collations are renewed.
 */
const SORTS: Record<ProjectSort, { value: string; type: SortType }> = {
  code: { value: `coalesce(project.code, '') COLLATE "C"`, type: 'text' },
  title: { value: 'project.title COLLATE "C"', type: 'text' },
  // Without an agreement it is less than any amount.
  committed: { value: 'coalesce(project.committed_value, -1)', type: 'numeric' },
  stageSince: { value: 'project.stage_since', type: 'date' },
  // Never falls: an event is recorded no earlier than the one before it in its stream.
  lastActivityAt: { value: 'project.last_activity_at', type: 'timestamptz' },
};

/** What follows `CREATE INDEX ON projects` for the sorts to be fast. */
export const SORT_INDEXES = Object.values(SORTS).map(({ value }) => `((${value.replace('project.', '')}), id)`);

/** The sort value of a row as text that {@link afterCursor} reads back. */
export function sortValue({ sort }: Order): string {
  return `to_jsonb(${SORTS[sort].value}) #>> '{}'`;
}

/**
 * Characters of a cursor at most. In JSON a letter of a title or code takes four bytes of UTF-8 at most (or two, escaped); sort,
 * direction, id and signs less than 100; and base64 makes four characters of three bytes.
 */
export const CURSOR_LIMIT = Math.ceil(((4 * TEXT_LIMIT + 100) * 4) / 3);

/** Equal values are ordered by id, in the same direction, so that one index serves both. */
export function orderBy({ sort, descending }: Order): string {
  const direction = descending ? 'DESC' : 'ASC';
  return `${SORTS[sort].value} ${direction}, id ${direction}`;
}

export function writeCursor({ sort, descending }: Order, value: string, id: string): string {
  return Buffer.from(JSON.stringify([sort, descending, value, id])).toString('base64url');
}

/** The condition that a row comes after the cursor's; its values are added to `values`. @throws InvalidCursor */
export function afterCursor(order: Order, cursor: string, values: unknown[]): string {
  const { value: column, type } = SORTS[order.sort];
  const { value, id } = readCursor(order, cursor);
  values.push(value, id);
  const [valueAt, idAt] = [values.length - 1, values.length];
  return `(${column}, id) ${order.descending ? '<' : '>'} ($${valueAt}::${type}, $${idAt}::uuid)`;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const IS_VALUE: Record<SortType, (text: string) => boolean> = {
  text: (text) => !text.includes('\0'),
  numeric: (text) => /^(-1|\d{1,18}\.\d{2})$/.test(text),
  date: isCivilDate,
  timestamptz: (text) => Number.isFinite(Date.parse(text)),
};

function readCursor({ sort, descending }: Order, cursor: string): { value: string; id: string } {
  const { type } = SORTS[sort];
  const [ofSort, ofDirection, value, id] = parse(cursor);
  const isValue = typeof value === 'string' && IS_VALUE[type](value);
  const isId = typeof id === 'string' && UUID.test(id);
  if (ofSort !== sort || ofDirection !== descending || !isValue || !isId) throw invalid(sort);
  return { value, id };
}

function parse(cursor: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function invalid(sort: ProjectSort): InvalidCursor {
  return new InvalidCursor(`the cursor was not given out for this order (${sort}): begin with the first page`);
}
