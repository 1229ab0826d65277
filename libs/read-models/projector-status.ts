import { EventStore, Position } from '../event-store/event-store';
import { Pool } from '../postgres/pool';
import { LIVE, loadGeneration, NEXT } from './generation';
import { loadProgress, RebuildProgress } from './rebuild-progress';

export type { RebuildProgress } from './rebuild-progress';

export interface ProjectorStatus {
  /** Position of the live read models; null while they are empty. */
  position: Position | null;
  eventsBehind: number;
  /** Age of the oldest event not yet projected; 0 when there is none. */
  secondsBehind: number;
  /** Streams whose events are parked. */
  parked: number;
  /** Set while a new generation is being built beside the live one. */
  rebuilding: RebuildProgress | null;
}

/** For health and metrics: a few small queries. Read models that do not exist yet are as far behind as can be. */
export async function projectorStatus(pool: Pool, store: EventStore): Promise<ProjectorStatus> {
  const generation = await loadGeneration(pool, LIVE);
  // Positions of another store mean nothing here.
  const position = generation?.storeId === store.storeId ? generation.position : undefined;
  const [{ events, oldestRecordedAt }, rebuilding, parked] = await Promise.all([
    store.backlog(position),
    loadProgress(pool, NEXT),
    generation ? pool.query<{ count: string }>(`SELECT count(*) AS count FROM ${LIVE}.parked`) : undefined,
  ]);
  const age = oldestRecordedAt === undefined ? 0 : (Date.now() - Date.parse(oldestRecordedAt)) / 1000;
  return {
    position: position ?? null,
    eventsBehind: events,
    secondsBehind: Math.max(0, age),
    parked: Number(parked?.rows[0]?.count ?? 0),
    rebuilding: rebuilding ?? null,
  };
}
