import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore } from '../event-store/event-store';
import { isConnectionLoss } from '../postgres/connection-loss';
import { Programme } from '../programme/programme';
import {
  createGeneration,
  currentVersions,
  Generation,
  LIVE,
  loadGeneration,
  newerThanKnown,
  sameVersions,
} from './generation';
import { Projection } from './projection';
import { ProjectionPool } from './projection-pool';
import { rebuild, RebuildRunning } from './rebuild';
import { publishReporting } from './reporting';
import { transaction } from './transaction';

export interface ProjectorOptions {
  pool: ProjectionPool;
  store: EventStore;
  programme: Programme;
  /** Something failed and will be tried again: the connection, the server, the disk. */
  onRetry?: (error: unknown) => void;
  /** A batch has been applied, or the loop has begun to wait for one. */
  onProgress?: () => void;
  onNotice?: (text: string) => void;
  /** How long to leave the work to another projector that has moved the checkpoint. Default 1,000 ms. */
  standByMs?: number;
}

/** The read models cannot be continued by this process; the message says what to do. */
export class ProjectorStopped extends Error {
  override readonly name = 'ProjectorStopped';
}

const BATCH = 2_000;
const CREATE_LOCK = 0x4c_75_6f_64_6a;
const PAUSE_MS = { first: 100, longest: 5_000 };

/**
 * Follows the store and keeps the live read models up to date, until the signal aborts; the batch at work is finished.
 * Builds them first when they do not exist, and anew, beside the live ones, when they are of another version. Several
 * projectors may run: one works, the others stand by.
 * @throws ProjectorStopped, or what no retry can mend
 */
export async function project(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  let pauseMs = PAUSE_MS.first;
  let isPrepared = false;
  while (!signal.aborted) {
    try {
      if (!isPrepared) await prepare(options, signal);
      isPrepared = true;
      await follow(options, signal, () => {
        pauseMs = PAUSE_MS.first;
        options.onProgress?.();
      });
    } catch (error) {
      if (signal.aborted) return;
      if (!mayPass(error)) throw error;
      options.onRetry?.(error);
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS.longest);
    }
  }
}

/** Makes sure that there is a live generation of this program's versions. */
async function prepare(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  const { pool, store, programme } = options;
  const live = (await loadGeneration(pool, LIVE)) ?? (await createLive(options));
  assertStore(live, store);
  const versions = currentVersions(programme);
  const newer = newerThanKnown(live.versions, versions);
  if (newer.length > 0) {
    throw new ProjectorStopped(
      `the read models were built by a newer version: ${newer.join(', ')}; update this program`,
    );
  }
  if (!sameVersions(live.versions, versions)) await rebuild({ ...options, signal });
}

async function createLive({ pool, store, programme, onNotice }: ProjectorOptions): Promise<Generation> {
  const client = await pool.connect();
  try {
    const created = await transaction(client, async () => {
      await client.query('SELECT pg_advisory_xact_lock($1)', [CREATE_LOCK]);
      const earlier = await loadGeneration(client, LIVE);
      if (earlier) return earlier;
      const versions = currentVersions(programme);
      await createGeneration(client, { schema: LIVE, storeId: store.storeId, versions, total: 0 });
      await publishReporting(client, onNotice ?? (() => undefined));
      return loadGeneration(client, LIVE);
    });
    if (!created) throw new Error('the read models were created, and are not there');
    return created;
  } finally {
    client.release(true);
  }
}

function assertStore({ storeId }: Generation, store: EventStore): void {
  if (storeId === store.storeId) return;
  throw new ProjectorStopped(
    `the read models were built from event store ${storeId}, not from ${store.storeId}: ` +
      'if this is the right store, build them anew with "luodi rebuild"',
  );
}

/** Follows the store until the signal aborts or the checkpoint turns out to be moved by somebody else. */
async function follow(
  { pool, store, programme, standByMs = 1_000 }: ProjectorOptions,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<void> {
  const projection = await Projection.open(pool, LIVE, programme);
  if (!projection) throw new ProjectorStopped('the read models have been removed: start again to build them');
  assertStore(projection.generation, store);
  if (!sameVersions(projection.generation.versions, currentVersions(programme))) {
    throw new ProjectorStopped('the read models have been rebuilt by another version of this program; this one stops');
  }
  onProgress();
  for await (const batch of store.followAll({ after: projection.position, batchSize: BATCH, signal })) {
    const outcome = await projection.apply(batch);
    onProgress();
    if (outcome === 'parked') return;
    if (outcome === 'moved') {
      const now = await loadGeneration(pool, LIVE);
      const byAnother = now?.id === projection.generation.id && now.position !== projection.position;
      if (byAnother) await pause(standByMs, signal);
      return;
    }
  }
}

/** Connections and servers come back, disks are given room, another rebuild ends. */
function mayPass(error: unknown): boolean {
  if (error instanceof RebuildRunning || isConnectionLoss(error)) return true;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(40|53|55|57|58)\w{3}$/.test(code);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause, and is no error.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
