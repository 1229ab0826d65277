import { digest } from '../audit/hash-chain';
import { Position } from '../event-store/event-store';
import { ClientBase, Pool } from '../postgres/pool';
import { Programme } from '../programme/programme';
import { OFFSETS } from './offsets-table';
import { PARKED } from './parked-table';
import { READ_MODEL_LIST } from './read-models';
import { createIndexes, createTable } from './shape';

/** A generation is one schema with the tables of all read models, their checkpoint and what is parked. */
export type GenerationSchema = 'read_models' | 'read_models_next';
export const LIVE: GenerationSchema = 'read_models';
export const NEXT: GenerationSchema = 'read_models_next';
/** What was live before, until nobody reads it any more. */
export const OLD = 'read_models_old';

/** Notified, with the position, when the live read models have moved. */
export const CHANNEL = 'luodi_read_models';

/** Where projectors take the events of a generation from: each from its checkpoint there. */
export type Source = 'store' | 'topic';

/** Versions of all read models and of what else the schema holds, and a digest of what they take from the programme's profile. */
export type Versions = Record<string, number | string>;

/** Which event a generation was brought up to, so that it is not taken for another one at its position. */
export interface LastEvent {
  stream: string;
  revision: number;
  eventId: string;
}

/** The checkpoint: who moves it must say where it was. Other processes see by id and epoch that it is no longer theirs. */
export interface Generation {
  schema: GenerationSchema;
  id: string;
  storeId: string;
  versions: Versions;
  position: Position | undefined;
  /** At the position; undefined where the events have come by topics, or there are none. */
  lastEvent: LastEvent | undefined;
  /** Raised when somebody changes rows without moving the position (a retry of what was parked). */
  epoch: number;
  source: Source;
  /** Of the topics that the offsets are of, where it is known. */
  publication: string | undefined;
}

const TABLES = [...READ_MODEL_LIST.flatMap(({ tables }) => tables), PARKED, OFFSETS];

export function currentVersions({ profile }: Programme): Versions {
  const { pairings, programme } = profile;
  const models = READ_MODEL_LIST.map(({ name, version }) => [name, version] as const);
  return {
    ...Object.fromEntries(models),
    offsets: 2,
    programme: digest({ pairings, currency: programme.currency }).slice(0, 16),
  };
}

export function sameVersions(a: Versions, b: Versions): boolean {
  return digest(a) === digest(b);
}

/** Read models of which the database holds a newer version than this program knows: it must not build them back. */
export function newerThanKnown(stored: Versions, known: Versions): string[] {
  return Object.entries(stored).flatMap(([name, version]) => {
    const own = known[name];
    const isNewer = typeof version === 'number' && typeof own === 'number' && version > own;
    return isNewer ? [`${name} ${version} (this program knows ${own})`] : [];
  });
}

type Stored = Omit<Generation, 'schema' | Unset> & { [Name in Unset]: NonNullable<Generation[Name]> | null };
type Unset = 'position' | 'lastEvent' | 'publication';

/** Undefined when the schema does not exist. */
export async function loadGeneration(db: Pool | ClientBase, schema: GenerationSchema): Promise<Generation | undefined> {
  const { rows: found } = await db.query<{ exists: boolean }>(
    `SELECT to_regclass('${schema}.generation') IS NOT NULL AS exists`,
  );
  if (!found[0]?.exists) return undefined;
  const { rows } = await db.query<Stored>(
    // Of an older version, columns may be missing.
    `SELECT id, store_id AS "storeId", versions, position, epoch,
       coalesce(to_jsonb(generation) ->> 'source', 'store') AS source, to_jsonb(generation) ->> 'publication' AS publication,
       to_jsonb(generation) -> 'last_event' AS "lastEvent"
     FROM ${schema}.generation`,
  );
  const [row] = rows;
  if (!row) return undefined;
  const { position, lastEvent, publication, ...rest } = row;
  return {
    ...rest,
    schema,
    position: position ?? undefined,
    lastEvent: lastEvent ?? undefined,
    publication: publication ?? undefined,
  };
}

/** Position of the live read models; undefined while they are empty or do not exist. One small query. */
export async function livePosition(pool: Pool): Promise<Position | undefined> {
  try {
    const { rows } = await pool.query<{ position: string | null }>(`SELECT position FROM ${LIVE}.generation`);
    return rows[0]?.position ?? undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** The table or its schema does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '42P01' || error.code === '3F000');
}

export interface NewGeneration {
  schema: GenerationSchema;
  storeId: string;
  versions: Versions;
  /** Events to apply before it is complete, for the progress shown; 0 for one that grows with the store. */
  total: number;
}

/** Creates the schema with empty tables; one to be built beside the live one has only its keys until {@link finishGeneration}. */
export async function createGeneration(client: ClientBase, { schema, ...generation }: NewGeneration): Promise<void> {
  const statements = [
    `CREATE SCHEMA ${schema}`,
    `CREATE TABLE ${schema}.generation (
       id uuid PRIMARY KEY DEFAULT gen_random_uuid(), store_id text NOT NULL, versions jsonb NOT NULL, position text,
       epoch integer NOT NULL DEFAULT 0, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL,
       source text NOT NULL DEFAULT 'store', publication text, last_event jsonb,
       started_at timestamptz NOT NULL DEFAULT clock_timestamp(), projected_at timestamptz)`,
    ...TABLES.map((table) => createTable(schema, table)),
    ...(schema === LIVE ? indexStatements(schema) : []),
  ];
  await client.query(statements.join(';\n'));
  await client.query(`INSERT INTO ${schema}.generation (store_id, versions, total) VALUES ($1, $2, $3)`, [
    generation.storeId,
    JSON.stringify(generation.versions),
    generation.total,
  ]);
}

/** Makes a loaded generation fit to be live: with all indexes, and known to the planner. */
export async function finishGeneration(client: ClientBase, schema: GenerationSchema): Promise<void> {
  for (const statement of [...indexStatements(schema), ...TABLES.map(({ name }) => `ANALYZE ${schema}.${name}`)]) {
    await client.query(statement);
  }
}

function indexStatements(schema: GenerationSchema): string[] {
  return TABLES.flatMap((table) => createIndexes(schema, table));
}
