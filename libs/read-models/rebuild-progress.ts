import { Position } from '../event-store/event-store';
import { ClientBase, Pool } from '../postgres/pool';
import { GenerationSchema, isMissing } from './generation';

export interface RebuildProgress {
  position: Position | null;
  /** Events applied, of those in the store when it began; newer ones follow. */
  applied: number;
  total: number;
  eventsPerSecond: number;
  /** Null while nothing has been applied. */
  secondsLeft: number | null;
  startedAt: string;
}

interface Row {
  position: string | null;
  applied: string;
  total: string;
  seconds: number;
  started_at: Date;
}

/** Undefined when the generation does not exist (any more). */
export async function loadProgress(
  db: Pool | ClientBase,
  schema: GenerationSchema,
): Promise<RebuildProgress | undefined> {
  let rows: Row[];
  try {
    ({ rows } = await db.query<Row>(
      `SELECT position, applied, total, started_at,
              extract(epoch FROM coalesce(projected_at, clock_timestamp()) - started_at)::float8 AS seconds
       FROM ${schema}.generation`,
    ));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return rows[0] && progressOf(rows[0]);
}

function progressOf({ position, applied, total, seconds, started_at }: Row): RebuildProgress {
  const done = Number(applied);
  const rate = seconds > 0 ? done / seconds : 0;
  return {
    position,
    applied: done,
    total: Number(total),
    eventsPerSecond: Math.round(rate),
    secondsLeft: rate > 0 ? Math.max(0, Math.round((Number(total) - done) / rate)) : null,
    startedAt: started_at.toISOString(),
  };
}
