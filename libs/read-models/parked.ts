import { EventStore, Position } from '../event-store/event-store';
import { ClientBase, Pool } from '../postgres/pool';
import { Programme } from '../programme/programme';
import { Folding, Folded, streamId } from './fold';
import { isMissing, LIVE } from './generation';
import { PARKED } from './parked-table';
import { ProjectionPool } from './projection-pool';
import { transaction } from './transaction';
import { writeOrPark } from './write-or-park';
import { asJson } from './writes';

/** A stream whose events cannot be projected: from `revision` on they wait; the read models show it as before. */
export interface ParkedStream {
  stream: string;
  /** First event that waits. */
  revision: number;
  position: Position;
  error: string;
  /** ISO 8601 UTC. */
  parkedAt: string;
  /** Events that wait, the failing one among them. */
  waiting: number;
}

/** Longest parked first; nothing while there are no read models. */
export async function listParked(db: Pool | ClientBase): Promise<ParkedStream[]> {
  try {
    const { rows } = await db.query<Omit<ParkedStream, 'parkedAt'> & { parked_at: Date }>(
      `SELECT stream, revision, position, error, parked_at, waiting FROM ${LIVE}.parked ORDER BY parked_at, stream`,
    );
    return rows.map(({ parked_at, ...row }) => ({ ...row, parkedAt: parked_at.toISOString() }));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export interface RetryResult {
  /** Streams whose events are all projected now. */
  released: string[];
  /** Streams that are parked still, maybe further on than before. */
  parked: ParkedStream[];
}

/**
 * Projects what waits, for one stream or for all; each stream in a transaction of its own. The
 * projector at work waits meanwhile, and then forgets what it remembers. A stream that is not parked is left alone.
 * @param pool from `createProjectionPool`
 */
export async function retryParked(
  context: { pool: ProjectionPool; store: EventStore; programme: Programme },
  stream?: string,
): Promise<RetryResult> {
  const all = await listParked(context.pool);
  const chosen = all.filter((row) => stream === undefined || row.stream === stream);
  const result: RetryResult = { released: [], parked: [] };
  for (const row of chosen) {
    const client = await context.pool.connect();
    try {
      const parked = await transaction(client, () => retry(client, context, row.stream));
      if (parked) result.parked.push(parked);
      else result.released.push(row.stream);
    } finally {
      client.release(true);
    }
  }
  return result;
}

async function retry(
  client: ClientBase,
  { store, programme }: { store: EventStore; programme: Programme },
  stream: string,
): Promise<ParkedStream | undefined> {
  // The projectors write nothing while this is held, and find it changed afterwards.
  await client.query(`SELECT FROM ${LIVE}.generation FOR UPDATE`);
  await client.query(`UPDATE ${LIVE}.generation SET epoch = epoch + 1`);
  const deleted = await client.query<{ end: number }>(
    `DELETE FROM ${LIVE}.parked WHERE stream = $1 RETURNING revision + waiting AS end`,
    [stream],
  );
  const [waiting] = deleted.rows;
  // Somebody else has been here in the meantime.
  if (!waiting) return undefined;
  const { changes, parked } = await foldWaiting(client, store, { stream, ...waiting });
  const refused = await writeOrPark(client, { changes, schema: LIVE, programme });
  const [first, second] = [...refused, ...parked];
  if (!first) return undefined;
  const row = { ...first, waiting: first.waiting + (second?.waiting ?? 0) };
  await asJson(LIVE, { kind: 'replace', table: PARKED, rows: [row] })(client);
  const { parked_at: parkedAt, ...rest } = row;
  return { ...rest, parkedAt };
}

/** Everything up to the last event that was counted as waiting: what comes after it comes by the usual way. */
async function foldWaiting(
  client: ClientBase,
  store: EventStore,
  { stream, end }: { stream: string; end: number },
): Promise<Folded> {
  const name = streamId(stream);
  if (!name) return { changes: { projects: [], conferences: [] }, parked: [], strangers: [] };
  const { rows } = await client.query<{ state: { revision: number } }>(
    `SELECT state FROM ${LIVE}.${name.kind} WHERE id::text = $1`,
    [name.id],
  );
  const states = new Map(rows.map(({ state }) => [stream, state]));
  const events = [];
  for await (const event of store.readStream(stream, { fromRevision: (rows[0]?.state.revision ?? -1) + 1 })) {
    if (event.revision < end) events.push(event);
  }
  return new Folding(states, new Map()).add(events).result;
}
