import { Position } from '../event-store/event-store';
import { Pool } from '../postgres/pool';

/** A stream whose events cannot be projected: from `revision` on they wait; the read models show it as before. */
export interface ParkedStream {
  stream: string;
  /** First event that waits. */
  revision: number;
  position: Position;
  error: string;
  parkedAt: string;
  /** Events that wait, the failing one among them. */
  waiting: number;
}

export declare function listParked(pool: Pool): Promise<ParkedStream[]>;
