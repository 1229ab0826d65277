import { EventStore, Position } from '../event-store/event-store';
import { Pool } from '../postgres/pool';

export interface RebuildProgress {
  position: Position | null;
  applied: number;
  total: number;
  eventsPerSecond: number;
  secondsLeft: number | null;
  startedAt: string;
}

export interface ProjectorStatus {
  /** Position of the live read models; null while they are empty. */
  position: Position | null;
  eventsBehind: number;
  /** Age of the oldest event not yet projected; 0 when there is none. */
  secondsBehind: number;
  /** Projects whose events are parked. */
  parked: number;
  /** Set while a new generation is being built beside the live one. */
  rebuilding: RebuildProgress | null;
}

/** For health and metrics: two small queries. */
export declare function projectorStatus(pool: Pool, store: EventStore): Promise<ProjectorStatus>;
