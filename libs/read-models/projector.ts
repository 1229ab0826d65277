import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore, EventStoreUnavailable } from '../event-store/event-store';
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
  Source,
} from './generation';
import { holdsLastEvent } from './last-event';
import { PartitionReader } from './partition-reader';
import { PartitionedSource, SourceMismatch, SourceUnavailable } from './partitioned-source';
import { Projection } from './projection';
import { ProjectionPool } from './projection-pool';
import { rebuild, RebuildRunning } from './rebuild';
import { ProjectorStopped } from './projector-stopped';
import { publishReporting } from './reporting';
import { transaction } from './transaction';

export { ProjectorStopped } from './projector-stopped';

export interface ProjectorOptions {
  pool: ProjectionPool;
  store: EventStore;
  programme: Programme;
  /** Where events are taken from instead of the store, which stays the source of rebuilds. */
  topic?: PartitionedSource;
  /** Something failed and will be tried again: the connection, the server, the disk. */
  onRetry?: (error: unknown) => void;
  /** A batch has been applied, or the loop has begun to wait for one. */
  onProgress?: () => void;
  onNotice?: (text: string) => void;
  /** How long to leave the work to another projector that has moved the checkpoint. Default 1,000 ms. */
  standByMs?: number;
}

const BATCH = 2_000;
const CREATE_LOCK = 0x4c_75_6f_64_6a;
const PAUSE_MS = { first: 100, longest: 5_000 };

/**
 * Follows the store, or the topics, and keeps the live read models up to date, until the signal aborts; the batch at work is
 * finished. Builds them first when they do not exist, and anew, beside the live ones, when they are of another version.
 * Several projectors may run: of the store one works, the others stand by; of topics each has its partitions. They must
 * have the same source: the one started last decides, those of the other stop.
 * @throws ProjectorStopped, or what no retry can mend
 */
export async function project(options: ProjectorOptions, signal: AbortSignal): Promise<void> {
  let pauseMs = PAUSE_MS.first;
  let isPrepared = false;
  while (!signal.aborted) {
    try {
      if (!isPrepared) await prepare(options, signal);
      isPrepared = true;
      const onProgress = (): void => {
        pauseMs = PAUSE_MS.first;
        options.onProgress?.();
      };
      if (options.topic) await followTopic(options, options.topic, signal, onProgress);
      else await follow(options, signal, onProgress);
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
  await setSource(pool, sourceOf(options));
}

function sourceOf({ topic }: ProjectorOptions): Source {
  return topic ? 'topic' : 'store';
}

/** Whoever takes events from the other source finds the generation changed, and writes nothing more. */
async function setSource(pool: ProjectionPool, source: Source): Promise<void> {
  const client = await pool.connect();
  try {
    await transaction(client, async () => {
      await client.query(`SELECT FROM ${LIVE}.generation FOR UPDATE`);
      const { rowCount } = await client.query(
        `UPDATE ${LIVE}.generation SET source = $1, epoch = epoch + 1 WHERE source <> $1`,
        [source],
      );
      // Old offsets may be gone from the topics by now; the topics are read anew, past what the checkpoint holds.
      if (rowCount && source === 'topic') await client.query(`DELETE FROM ${LIVE}.offsets`);
    });
  } finally {
    client.release(true);
  }
}

async function createLive({ pool, store, programme, onNotice }: ProjectorOptions): Promise<Generation> {
  const client = await pool.connect();
  try {
    // Before the transaction, which would go on not to see what it has once found missing. Ends with the connection.
    await client.query('SELECT pg_advisory_lock($1)', [CREATE_LOCK]);
    const created = await transaction(client, async () => {
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

/** What is live now, if this process may continue it. */
async function openLive(options: ProjectorOptions): Promise<Projection> {
  const { pool, store, programme } = options;
  const projection = await Projection.open(pool, LIVE, programme);
  if (!projection) throw new ProjectorStopped('the read models have been removed: start again to build them');
  assertStore(projection.generation, store);
  if (!sameVersions(projection.generation.versions, currentVersions(programme))) {
    throw new ProjectorStopped('the read models have been rebuilt by another version of this program; this one stops');
  }
  if (!(await holdsLastEvent(store, projection.generation))) {
    throw new ProjectorStopped(
      `the read models hold events up to position ${projection.generation.position} that the event store does not: was an ` +
        'old backup restored? If this is the right store, build them anew with "luodi rebuild"',
    );
  }
  const { source } = projection.generation;
  if (source !== sourceOf(options)) {
    throw new ProjectorStopped(
      `a projector with PROJECTOR_SOURCE=${source} has taken over; all must have the same: this one stops`,
    );
  }
  return projection;
}

async function followTopic(options: ProjectorOptions, source: PartitionedSource, ...rest: Rest): Promise<void> {
  const [signal, onProgress] = rest;
  const { pool, store, onNotice = () => undefined } = options;
  const open = (): Promise<Projection> => openLive(options);
  const reader = new PartitionReader({ pool, store, source, open, onProgress, onNotice });
  try {
    await source.follow(reader, signal);
  } catch (error) {
    throw error instanceof SourceMismatch ? new ProjectorStopped(error.message, { cause: error }) : error;
  }
}

type Rest = [signal: AbortSignal, onProgress: () => void];

/** Follows the store until the signal aborts or the checkpoint turns out to be moved by somebody else. */
async function follow(options: ProjectorOptions, ...[signal, onProgress]: Rest): Promise<void> {
  const { pool, store, standByMs = 1_000 } = options;
  const projection = await openLive(options);
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

const PASSING = [RebuildRunning, SourceUnavailable, EventStoreUnavailable];

/** Connections and servers come back, disks are given room, another rebuild ends. */
function mayPass(error: unknown): boolean {
  if (PASSING.some((type) => error instanceof type) || isConnectionLoss(error)) return true;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(40|53|55|57|58)\w{3}$/.test(code);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause, and is no error.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
