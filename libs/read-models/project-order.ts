import { isCivilDate } from '../project/civil-date';
import { STAGES } from '../project/events';

/** What the board can be sorted by. */
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

/** The cursor is none that this sort has given out. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
}

export interface Order {
  sort: ProjectSort;
  descending: boolean;
}

type SortType = 'text' | 'integer' | 'numeric' | 'date' | 'timestamptz';

/** The SQL value a sort compares, its type, and whether it may be null. */
const SORTS: Record<ProjectSort, { value: string; type: SortType; nullable?: true }> = {
  lastActivityAt: { value: 'last_activity_at', type: 'timestamptz' },
  title: { value: 'title', type: 'text' },
  investor: { value: 'investor', type: 'text' },
  prefecture: { value: 'prefecture', type: 'text' },
  origin: { value: 'origin', type: 'text' },
  stage: { value: `array_position('{${STAGES.join(',')}}'::text[], stage)`, type: 'integer' },
  stageSince: { value: 'stage_since', type: 'date' },
  committed: { value: 'committed_value', type: 'numeric', nullable: true },
  fundsReceived: { value: 'funds_received', type: 'numeric' },
  firstSignedOn: { value: 'first_signed_on', type: 'date', nullable: true },
  proposedOn: { value: 'proposed_on', type: 'date' },
};

/** The sort value of a row as text that {@link afterCursor} reads back. */
export function sortValue({ sort }: Order): string {
  return `to_jsonb(${SORTS[sort].value}) #>> '{}'`;
}

/** Equal values are ordered by id, in the same direction, so that one index serves both; nulls come last in either. */
export function orderBy({ sort, descending }: Order): string {
  const { value, nullable } = SORTS[sort];
  const direction = descending ? 'DESC' : 'ASC';
  return `${value} ${direction}${nullable ? ' NULLS LAST' : ''}, id ${direction}`;
}

export function writeCursor({ sort, descending }: Order, value: string | null, id: string): string {
  return Buffer.from(JSON.stringify([sort, descending, value, id])).toString('base64url');
}

/** The condition that a row comes after the cursor's; its values are added to `values`. @throws InvalidCursor */
export function afterCursor(order: Order, cursor: string, values: unknown[]): string {
  const { value: column, type, nullable } = SORTS[order.sort];
  const { value, id } = readCursor(order, cursor);
  const [comparison, none] = [order.descending ? '<' : '>', `${column} IS NULL`];
  values.push(id);
  const ownId = `$${values.length}::uuid`;
  if (value === null) return `(${none} AND id ${comparison} ${ownId})`;
  values.push(value);
  const after = `(${column}, id) ${comparison} ($${values.length}::${type}, ${ownId})`;
  return nullable ? `(${after} OR ${none})` : after;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const IS_VALUE: Record<SortType, (text: string) => boolean> = {
  text: (text) => !text.includes('\0'),
  integer: (text) => /^\d{1,9}$/.test(text),
  numeric: (text) => /^\d{1,18}\.\d{2}$/.test(text),
  date: isCivilDate,
  timestamptz: (text) => Number.isFinite(Date.parse(text)),
};

function readCursor({ sort, descending }: Order, cursor: string): { value: string | null; id: string } {
  const { type, nullable } = SORTS[sort];
  const [ofSort, ofDirection, value, id] = parse(cursor);
  const isValue = value === null ? nullable : typeof value === 'string' && IS_VALUE[type](value);
  const isId = typeof id === 'string' && UUID.test(id);
  if (ofSort !== sort || ofDirection !== descending || !isValue || !isId) throw invalid(sort);
  return { value: value as string | null, id };
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
