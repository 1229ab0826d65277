import { EventMetadata } from '../../audit/hash-chain';
import { isConnectionLoss } from '../../postgres/connection-loss';
import { Pool, QueryConfig } from '../../postgres/pool';
import { RecordedEvent } from '../event-store';
import { STATEMENTS } from './statements';

type EventRow = [string, number, string, string, Record<string, unknown>, EventMetadata];
/** With whether the page may have ended there because it was large enough. */
type PageRow = [...EventRow, boolean];

/** How often a read is tried on new connections: after a restart of the server several of a pool may be dead. */
const ATTEMPTS = 3;

/** The reading half of the PostgreSQL store: one bounded query each, tried again when the connection was lost. */
export class Reader {
  private running = 0;
  private whenIdle: (() => void)[] = [];

  constructor(private readonly pool: Pool) {}

  /** Position of the newest event; 0 while there is none. */
  async head(): Promise<bigint> {
    const rows = await this.query<[string]>(STATEMENTS.head, []);
    return BigInt(rows[0]?.[0] ?? 0);
  }

  /** The next events after one position and up to another: `limit` at most, fewer where they are large. */
  async page(after: bigint, upTo: bigint, limit: number): Promise<RecordedEvent[]> {
    return this.events(STATEMENTS.page, [after.toString(), upTo.toString(), limit]);
  }

  /** Events of a stream from a revision on: `limit` at most, fewer where they are large. */
  async streamPage(
    stream: string,
    fromRevision: number,
    limit: number,
  ): Promise<{ events: RecordedEvent[]; isLast: boolean }> {
    const rows = await this.query<PageRow>(STATEMENTS.stream, [stream, fromRevision, limit]);
    return { events: rows.map(eventOf), isLast: rows.length < limit && !rows.at(-1)?.[6] };
  }

  /** Whole streams, one after the other. */
  async streams(streams: readonly string[]): Promise<RecordedEvent[]> {
    return this.events(STATEMENTS.streams, [streams]);
  }

  /** Position of the newest event, and the instant at which the one that follows `after` was written. */
  async backlog(after: bigint): Promise<{ head: bigint; oldest: string | undefined }> {
    const rows = await this.query<[string | null, string | null]>(STATEMENTS.backlog, [after.toString()]);
    return { head: BigInt(rows[0]?.[0] ?? 0), oldest: rows[0]?.[1] ?? undefined };
  }

  async close(): Promise<void> {
    // A pool that ends forgets who waits for one of its connections.
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    await this.pool.end();
  }

  private async events(statement: QueryConfig, values: unknown[]): Promise<RecordedEvent[]> {
    return (await this.query<EventRow>(statement, values)).map(eventOf);
  }

  private async query<Row extends unknown[]>(statement: QueryConfig, values: unknown[]): Promise<Row[]> {
    this.running += 1;
    try {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return (await this.pool.query<Row>({ ...statement, values, rowMode: 'array' })).rows;
        } catch (error) {
          if (attempt === ATTEMPTS || !isConnectionLoss(error)) throw error;
        }
      }
    } finally {
      this.running -= 1;
      if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    }
  }
}

function eventOf([stream, revision, position, type, data, metadata]: EventRow | PageRow): RecordedEvent {
  return { stream, revision, position, type, data, metadata };
}
