import { GENESIS } from '../../audit/hash-chain';
import { isRefusedByServer } from '../../postgres/connection-loss';
import { Pool } from '../../postgres/pool';
import { AppendInDoubt, AppendRequest, AppendResult, ConcurrencyConflict, EventTooLarge } from '../event-store';
import { GroupCommit } from './group-commit';
import { STATEMENTS } from './statements';

/** Bytes of one event as JSON in UTF-8, data and metadata together. */
export const EVENT_LIMIT = 1024 * 1024;

const BATCH_LIMITS = { events: 1_000, bytes: 4 * 1024 * 1024 };

/** An append, with its events as JSON objects that only lack the number of the append in its batch. */
interface PreparedAppend {
  stream: string;
  expectedRevision: number;
  bytes: number;
  events: number;
  json: string[];
}

type Outcome = PromiseSettledResult<AppendResult>;

/** The writing half of the PostgreSQL store. `pool` holds the one connection that all batches go through. */
export class Appender {
  private readonly batches = new GroupCommit((batch: PreparedAppend[]) => this.commit(batch), BATCH_LIMITS);

  constructor(private readonly pool: Pool) {}

  async append(request: AppendRequest): Promise<AppendResult> {
    return this.batches.add(prepare(request));
  }

  async close(): Promise<void> {
    await this.batches.drained();
    await this.pool.end();
  }

  private async commit(batch: PreparedAppend[]): Promise<Outcome[]> {
    // A connection that cannot be made is no doubt: nothing has been sent, and its own error says why.
    const client = await this.pool.connect();
    let lost = false;
    try {
      const json = `[${batch.map((append, index) => append.json.map((event) => `{"append":${index},${event}`).join()).join()}]`;
      const { rows } = await client.query<[string, string | null]>({
        ...STATEMENTS.append,
        values: [json],
        rowMode: 'array',
      });
      return outcomes(batch, rows[0]);
    } catch (error) {
      lost = !isRefusedByServer(error);
      if (lost) return batch.map((append) => rejected(new AppendInDoubt(append.stream, { cause: error })));
      if (batch.length === 1) throw error;
    } finally {
      client.release(lost);
    }
    return this.commitHalves(batch);
  }

  /** One append holds what PostgreSQL refuses, and nothing was written: finds it, so that it fails alone. */
  private async commitHalves(batch: PreparedAppend[]): Promise<Outcome[]> {
    const middle = Math.ceil(batch.length / 2);
    const all: Outcome[] = [];
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      all.push(...(await this.commit(half).catch((error: unknown) => half.map(() => rejected(error)))));
    }
    return all;
  }
}

/** @throws EventTooLarge, RangeError when the events do not follow each other */
function prepare({ stream, expectedRevision, events }: AppendRequest): PreparedAppend {
  const previous = events[0]?.metadata.previousHash;
  if (previous === undefined) throw new RangeError(`an append to ${stream} must have at least one event`);
  if (!Number.isInteger(expectedRevision) || expectedRevision < -1) {
    throw new RangeError(`revision ${expectedRevision} of ${stream} cannot be expected`);
  }
  const place = `"stream":${JSON.stringify(stream)},"expected":${expectedRevision},"previous":${JSON.stringify(previous)}`;
  let bytes = 0;
  const json = events.map(({ type, data, metadata }, index) => {
    if (index > 0 && metadata.previousHash !== events[index - 1]?.metadata.hash) throw brokenChain(stream);
    const said = `"type":${JSON.stringify(type)},"data":${JSON.stringify(data)},"metadata":${JSON.stringify(metadata)}`;
    const size = Buffer.byteLength(said);
    if (size > EVENT_LIMIT) throw new EventTooLarge(stream, size, EVENT_LIMIT);
    bytes += size;
    return `${place},"revision":${expectedRevision + 1 + index},${said}}`;
  });
  if (expectedRevision === -1 && previous !== GENESIS) throw brokenChain(stream);
  return { stream, expectedRevision, bytes, events: events.length, json };
}

/** Positions are dense and in the order of the batch, so that the answer needs to name the first one only. */
function outcomes(batch: PreparedAppend[], row: [string, string | null] | undefined): Outcome[] {
  if (!row) throw new Error('event_store.append gave no answer');
  const refused = row[1] === null ? {} : (JSON.parse(row[1]) as Record<string, number>);
  let position = BigInt(row[0]);
  return batch.map(({ stream, expectedRevision, events }, index) => {
    const actual = refused[index];
    if (actual === undefined) {
      position += BigInt(events);
      return { status: 'fulfilled', value: { revision: expectedRevision + events, position: position.toString() } };
    }
    if (actual === expectedRevision) return rejected(brokenChain(stream));
    return rejected(new ConcurrencyConflict(stream, expectedRevision, actual));
  });
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}

/** A fault of the caller, who sealed the events for another end of the stream than the one it expects. */
function brokenChain(stream: string): RangeError {
  return new RangeError(`the events for ${stream} do not continue its hash chain`);
}
