import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore, Position } from '../event-store/event-store';
import { ClientBase } from '../postgres/pool';
import { Programme } from '../programme/programme';
import {
  CHANNEL,
  createGeneration,
  currentVersions,
  finishGeneration,
  LIVE,
  loadGeneration,
  NEXT,
  OLD,
} from './generation';
import { holdsLastEvent } from './last-event';
import { loadOffsets } from './offsets';
import { Projection } from './projection';
import { ProjectionPool } from './projection-pool';
import { loadProgress, RebuildProgress } from './rebuild-progress';
import { publishReporting } from './reporting';
import { transaction } from './transaction';

export interface RebuildOptions {
  pool: ProjectionPool;
  store: EventStore;
  programme: Programme;
  signal?: AbortSignal;
  onProgress?: (progress: RebuildProgress) => void;
  onNotice?: (text: string) => void;
}

/** Another process is building the next generation. */
export class RebuildRunning extends Error {
  override readonly name = 'RebuildRunning';
  constructor() {
    super('another process is rebuilding the read models');
  }
}

/** Events that still fit in the young generation of the heap: larger batches cost more in garbage than they save in statements. */
const BATCH = 2_000;
/** Before it catches up with live read models that are ahead, or tries again to get at them. */
const PAUSE_MS = 200;
/** After so many times the live read models are not ahead by what this process has not been shown yet. */
const PATIENCE = 5;
/** Any number, the same in all processes. */
const REBUILD_LOCK = 0x4c_75_6f_64_69;

/**
 * Builds all read models anew beside the live ones, catches up, and swaps them in within one transaction: those who query
 * see the old ones until then, and the new ones after. A rebuild that is interrupted leaves the live ones as they are.
 * @throws RebuildRunning
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildProgress> {
  const client = await options.pool.connect();
  try {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      REBUILD_LOCK,
    ]);
    if (!rows[0]?.locked) throw new RebuildRunning();
    try {
      return await buildAndSwap(client, options);
    } finally {
      // Best effort: the lock ends with the connection, which may be lost already.
      await client.query('SELECT pg_advisory_unlock($1)', [REBUILD_LOCK]).catch(() => undefined);
    }
  } finally {
    client.release(true);
  }
}

async function buildAndSwap(client: ClientBase, options: RebuildOptions): Promise<RebuildProgress> {
  const { store, programme } = options;
  await client.query(`DROP SCHEMA IF EXISTS ${NEXT} CASCADE`);
  await client.query(`DROP SCHEMA IF EXISTS ${OLD} CASCADE`);
  const { events: total } = await store.backlog(undefined);
  const versions = currentVersions(programme);
  await transaction(client, () => createGeneration(client, { schema: NEXT, storeId: store.storeId, versions, total }));
  await catchUp(options);
  await finishGeneration(client, NEXT);
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    await catchUp(options);
    if (await transaction(client, () => swap(client, options, attempt)).catch(notYet)) break;
    await sleep(PAUSE_MS);
  }
  const done = await loadProgress(options.pool, LIVE);
  if (!done) throw new Error('the read models have vanished while they were being rebuilt');
  await client.query(`DROP SCHEMA IF EXISTS ${OLD} CASCADE`);
  return done;
}

/** Applies what the store holds now. One batch is folded while the one before is being written. */
async function catchUp(options: RebuildOptions): Promise<void> {
  let isComplete = false;
  while (!isComplete) {
    const projection = await Projection.open(options.pool, NEXT, options.programme);
    if (!projection) throw new RebuildRunning();
    isComplete = await applyAll(projection, options);
  }
}

/** False when streams had to be parked while the next batch was folded already: it is to be folded again without them. */
async function applyAll(projection: Projection, { store, signal, pool, onProgress }: RebuildOptions): Promise<boolean> {
  let writing = Promise.resolve<'written' | 'parked' | 'moved'>('written');
  try {
    for await (const batch of store.readAll({ after: projection.position, batchSize: BATCH, signal })) {
      const folded = await projection.fold(batch);
      if (!isWritten(await writing)) return false;
      const progress = onProgress && (await loadProgress(pool, NEXT));
      if (progress) onProgress?.(progress);
      writing = projection.write(folded);
      // Its error is thrown where it is awaited; until then it is not unhandled.
      writing.catch(() => undefined);
    }
    return isWritten(await writing);
  } finally {
    await writing.catch(() => undefined);
  }
}

function isWritten(outcome: 'written' | 'parked' | 'moved'): boolean {
  if (outcome === 'moved') throw new RebuildRunning();
  return outcome === 'written';
}

/** `false` when a lock was not to be had in time; everything else is an error. */
function notYet(error: unknown): false {
  if (error instanceof Error && 'code' in error && error.code === '55P03') return false;
  throw error;
}

/** False when the live generation is ahead: nobody may see a position go back. */
async function swap(client: ClientBase, { store, onNotice }: RebuildOptions, attempt: number): Promise<boolean> {
  // A query that runs for long may hold a view; then it is better to catch up and try again than to stall all others.
  await client.query(`SET LOCAL lock_timeout = '5s'`);
  const live = await loadGeneration(client, LIVE);
  if (live) {
    await client.query(`SELECT FROM ${LIVE}.generation FOR UPDATE`);
    if (!(await takeOverFrom(client, store, attempt))) return false;
    // The projector that is at work finds its checkpoint changed, and writes nothing more. The row stays for those who have
    // looked up the table and have not read it yet.
    await client.query(`UPDATE ${LIVE}.generation SET epoch = epoch + 1`);
    await client.query(`ALTER SCHEMA ${LIVE} RENAME TO ${OLD}`);
  }
  await client.query(`ALTER SCHEMA ${NEXT} RENAME TO ${LIVE}`);
  await publishReporting(client, onNotice ?? (() => undefined));
  await client.query(`SELECT pg_notify('${CHANNEL}', coalesce(position, '')) FROM ${LIVE}.generation`);
  return true;
}

/**
 * What the next generation has from the live one: source and offsets, for it holds all that was projected by them. Nothing
 * from one that holds what the store does not, because an older backup was restored. False when it is to be tried again.
 */
async function takeOverFrom(client: ClientBase, store: EventStore, attempt: number): Promise<boolean> {
  const [live, next] = [await loadGeneration(client, LIVE), await loadGeneration(client, NEXT)];
  if (!next) throw new RebuildRunning();
  if (!live || live.storeId !== next.storeId) return true;
  // A partition may be ahead of the checkpoint.
  const reached = [live, ...(await loadOffsets(client, LIVE))].flatMap(({ position }) => position ?? []);
  const isBehind = (position: Position): boolean =>
    next.position === undefined || store.compare(next.position, position) < 0;
  if (reached.some(isBehind)) return attempt > PATIENCE && !(await holdsLastEvent(store, live));
  const { source, publication } = live;
  await client.query(`UPDATE ${NEXT}.generation SET source = $1, publication = $2`, [source, publication]);
  if (live.source === 'topic') await client.query(`INSERT INTO ${NEXT}.offsets SELECT * FROM ${LIVE}.offsets`);
  return true;
}
