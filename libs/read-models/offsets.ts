import { Position } from '../event-store/event-store';
import { ClientBase, Pool } from '../postgres/pool';
import { CHANNEL, Generation, GenerationSchema } from './generation';
import { Bounds, Place } from './partitioned-source';
import { transaction } from './transaction';

/** How far a partition has been projected; a row of the table. */
export interface Offset extends Place {
  next: bigint;
  position: Position | undefined;
}

/** From where to where a batch takes a partition; nobody else may have moved it in the meantime. */
export interface Move extends Place {
  from: bigint;
  next: bigint;
  /** Of the last event before `next`, where it is known. */
  position: Position | undefined;
}

type Compare = (a: Position, b: Position) => number;

/** Empty where the table does not exist. */
export async function loadOffsets(db: Pool | ClientBase, schema: GenerationSchema): Promise<Offset[]> {
  const { rows: found } = await db.query<{ exists: boolean }>(
    `SELECT to_regclass('${schema}.offsets') IS NOT NULL AS exists`,
  );
  if (!found[0]?.exists) return [];
  const { rows } = await db.query<Place & { next: string; position: string | null }>(
    `SELECT topic, partition, next, position FROM ${schema}.offsets`,
  );
  return rows.map(({ next, position, ...place }) => ({
    ...place,
    next: BigInt(next),
    position: position ?? undefined,
  }));
}

/**
 * Takes the offsets to be of this publication from now on; those of another one are of topics that are gone, and forgotten.
 * @returns whether they were
 */
export async function beginPublication(pool: Pool, { schema, id }: Generation, publication: string): Promise<boolean> {
  const client = await pool.connect();
  try {
    const { isAnother } = await transaction(client, async () => {
      const { rows } = await client.query<{ publication: string | null }>(
        `SELECT publication FROM ${schema}.generation WHERE id = $1 FOR UPDATE`,
        [id],
      );
      const before = rows[0]?.publication;
      if (before === undefined || before === publication) return { isAnother: false };
      await client.query(`UPDATE ${schema}.generation SET publication = $1, epoch = epoch + 1`, [publication]);
      if (before !== null) await client.query(`DELETE FROM ${schema}.offsets`);
      return { isAnother: before !== null };
    });
    return isAnother;
  } finally {
    client.release();
  }
}

/**
 * Makes a row for each partition that has none, and takes up at the first message that is left those whose next one is gone,
 * and those that were `known` to be further than they end now, because somebody has made them anew: without a position, so
 * that the read models do not claim to be further than is known. `known` must be from before the bounds.
 * @returns those that were made anew
 */
export async function beginOffsets(
  pool: Pool,
  { schema, id }: Generation,
  bounds: readonly Bounds[],
  known: readonly Offset[],
): Promise<Place[]> {
  const begun = bounds.map((bound) => {
    const offset = known.find(({ topic, partition }) => topic === bound.topic && partition === bound.partition);
    return { ...bound, wrong: offset && offset.next > bound.high ? offset.next : undefined };
  });
  await pool.query(
    `WITH bounds AS (
       SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[]) AS bound(topic, partition, low, wrong)
     ), made_anew AS (
       UPDATE ${schema}.offsets AS offsets SET next = low, position = NULL FROM bounds
       WHERE offsets.topic = bounds.topic AND offsets.partition = bounds.partition AND offsets.next = wrong
     )
     INSERT INTO ${schema}.offsets AS offsets (topic, partition, next)
     SELECT topic, partition, low FROM bounds
     WHERE wrong IS NULL AND EXISTS (SELECT FROM ${schema}.generation WHERE id = $5) ORDER BY 1, 2
     ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next, position = NULL
       WHERE offsets.next < excluded.next`,
    [
      begun.map(({ topic }) => topic),
      begun.map(({ partition }) => partition),
      begun.map(({ low }) => String(low)),
      begun.map(({ wrong }) => (wrong === undefined ? null : String(wrong))),
      id,
    ],
  );
  return begun.filter(({ wrong }) => wrong !== undefined);
}

/**
 * Moves a partition, inside the transaction of a batch, if it is where the batch begins. Several projectors do so at once,
 * each for its partitions: the generation is held against those who change it as a whole, not against each other.
 */
export async function claimMove(client: ClientBase, generation: Generation, move: Move): Promise<{ rowCount: number }> {
  const { schema, id, epoch } = generation;
  const { topic, partition, from, next, position = null } = move;
  const held = client.query({
    name: `hold-${schema}`,
    text: `SELECT FROM ${schema}.generation WHERE id = $1 AND epoch = $2 FOR KEY SHARE`,
    values: [id, epoch],
  });
  const moved = client.query({
    name: `move-${schema}`,
    text: `UPDATE ${schema}.offsets SET next = $1, position = coalesce($2, position)
      WHERE topic = $3 AND partition = $4 AND next = $5`,
    values: [String(next), position, topic, partition, String(from)],
  });
  const results = await Promise.all([held, moved]);
  return { rowCount: Math.min(...results.map(({ rowCount }) => rowCount ?? 0)) };
}

/**
 * Records that partitions hold nothing more up to a position, and moves the checkpoint of the generation to the least of all
 * partitions, never back. @returns false when the generation is not what it was
 */
export async function reach(
  pool: Pool,
  generation: Generation,
  moves: readonly Move[],
  compare: Compare,
): Promise<boolean> {
  const { schema, id, epoch } = generation;
  const client = await pool.connect();
  try {
    return await transaction(client, async () => {
      // Not against batches, which only look at the key: against others who do the same.
      const { rows } = await client.query<{ position: string | null }>(
        `SELECT position FROM ${schema}.generation WHERE id = $1 AND epoch = $2 FOR NO KEY UPDATE`,
        [id, epoch],
      );
      if (!rows[0]) return false;
      const least = leastPosition(await record(client, schema, moves, compare), compare);
      if (least !== undefined && isAfter(least, rows[0].position, compare)) await publish(client, schema, least);
      return true;
    });
  } finally {
    client.release();
  }
}

/** @returns all offsets as they are then */
async function record(
  client: ClientBase,
  schema: GenerationSchema,
  moves: readonly Move[],
  compare: Compare,
): Promise<Offset[]> {
  const offsets = await loadOffsets(client, schema);
  const moved = offsets.map((offset) => moves.find((move) => isNews(move, offset, compare)) ?? offset);
  const news = moved.filter((each): each is Move => 'from' in each);
  if (news.length > 0) {
    await client.query(
      `UPDATE ${schema}.offsets AS offsets SET next = move.next, position = move.position
       FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[])
         AS move(topic, partition, since, next, position)
       WHERE offsets.topic = move.topic AND offsets.partition = move.partition AND offsets.next = move.since`,
      [
        news.map(({ topic }) => topic),
        news.map(({ partition }) => partition),
        news.map(({ from }) => String(from)),
        news.map(({ next }) => String(next)),
        news.map(({ position = null }) => position),
      ],
    );
  }
  return moved;
}

/** Whoever has lost the partition in the meantime may know less than who has it. */
function isNews(move: Move, offset: Offset, compare: Compare): boolean {
  const isSame = move.topic === offset.topic && move.partition === offset.partition && move.from === offset.next;
  return isSame && move.position !== undefined && isAfter(move.position, offset.position, compare);
}

function isAfter(a: Position, b: Position | null | undefined, compare: Compare): boolean {
  return b === null || b === undefined || compare(a, b) > 0;
}

/** Undefined while it is not known of every partition. */
function leastPosition(offsets: readonly Offset[], compare: Compare): Position | undefined {
  let least = offsets[0]?.position;
  for (const { position } of offsets) {
    if (position === undefined || least === undefined) return undefined;
    if (compare(position, least) < 0) least = position;
  }
  return least;
}

async function publish(client: ClientBase, schema: GenerationSchema, position: Position): Promise<void> {
  await client.query(
    `UPDATE ${schema}.generation SET position = $1, last_event = NULL, projected_at = clock_timestamp()`,
    [position],
  );
  await client.query('SELECT pg_notify($1, $2)', [CHANNEL, position]);
}
