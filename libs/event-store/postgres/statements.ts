import { QueryConfig } from '../../postgres/pool';
import { BATCH_BYTES } from '../event-store';
import { EVENT_LIMIT } from '../prepared-append';

const COLUMNS = 'stream, revision, position, type, data, metadata';

/**
 * Bytes of a value, without unpacking it to see: what PostgreSQL has compressed may be 256 times as large as it is stored (LZ4
 * makes no more of anything), up to the limit of an event.
 */
const bytesOf = (column: string): string =>
  `CASE WHEN pg_column_compression(${column}) IS NULL THEN pg_column_size(${column})
        ELSE least(pg_column_size(${column}) * 256, ${EVENT_LIMIT}) END`;

/**
 * The first of the events that `rows` finds (its conditions, order and limit) that come to {@link BATCH_BYTES}, at least one;
 * of each, whether it may be for that that none follow.
 */
function page(order: 'position' | 'revision', rows: string): string {
  return `SELECT ${COLUMNS}, before + bytes >= ${BATCH_BYTES} FROM (
            SELECT ${COLUMNS}, bytes, sum(bytes) OVER (ORDER BY ${order} ROWS UNBOUNDED PRECEDING) - bytes AS before FROM (
              SELECT ${COLUMNS}, ${bytesOf('data')} + ${bytesOf('metadata')} AS bytes FROM event_store.events ${rows}
            ) AS sized
          ) AS summed WHERE before < ${BATCH_BYTES} ORDER BY ${order}`;
}

/**
 * The statements that run all day, prepared by name. They may only ever use the indexes: see {@link SESSION_SETTINGS}
 * and the test that reads their plans.
 */
export const STATEMENTS = {
  append: { name: 'append', text: 'SELECT event_store.append($1)' },
  /**
   * The same as event_store.append for a single event, at two thirds of the cost, by a statement that sees what was committed
   * when it began. Whatever has come between makes it write nothing, for position and revision are unique: then, as after a
   * conflict, event_store.append has the last word. Both take the same lock.
   */
  appendOne: {
    name: 'append-one',
    text: `INSERT INTO event_store.events (position, stream, revision, type, data, metadata)
           SELECT coalesce((SELECT position FROM event_store.events ORDER BY position DESC LIMIT 1), 0) + 1, $1, $2, $3, $4, $5
           FROM (SELECT pg_advisory_xact_lock(hashtextextended('event_store.append', 0))) AS lock
           WHERE $2 = 0 OR EXISTS (
             SELECT FROM event_store.events WHERE stream = $1 AND revision = $2 - 1 AND metadata ->> 'hash' = $6
           )
           ON CONFLICT DO NOTHING
           RETURNING position, pg_notify('event_store', position::text)`,
  },
  head: { name: 'head', text: 'SELECT position FROM event_store.events ORDER BY position DESC LIMIT 1' },
  page: {
    name: 'page',
    text: page('position', 'WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3'),
  },
  stream: {
    name: 'stream',
    text: page('revision', 'WHERE stream = $1 AND revision >= $2 ORDER BY revision LIMIT $3'),
  },
  streams: {
    name: 'streams',
    text: `SELECT ${COLUMNS} FROM event_store.events
           WHERE stream = ANY($1) ORDER BY stream, revision`,
  },
  backlog: {
    name: 'backlog',
    text: `SELECT (SELECT position FROM event_store.events ORDER BY position DESC LIMIT 1),
                  (SELECT coalesce(metadata #>> '{backfill,writtenAt}', metadata ->> 'recordedAt')
                   FROM event_store.events WHERE position = $1::bigint + 1)`,
  },
} as const satisfies Record<string, QueryConfig>;

/**
 * A plan that was made while the table was empty is kept for as long as the connection lives. So the planner may not even
 * consider to scan the table, for any statement of these connections, also inside functions; then one generic plan is right
 * for every size. READ COMMITTED is what the lock of event_store.append relies on.
 */
export const SESSION_SETTINGS = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'plan_cache_mode=force_generic_plan',
  'jit=off',
  'default_transaction_isolation=read\\ committed',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');
