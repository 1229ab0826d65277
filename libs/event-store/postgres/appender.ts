import { isRefusedByServer } from '../../postgres/connection-loss';
import { ClientBase, Pool } from '../../postgres/pool';
import { AppendInDoubt, AppendRequest, AppendResult, ConcurrencyConflict } from '../event-store';
import { GroupCommit } from './group-commit';
import { PlacedEvent } from '../ordered-append';
import { brokenChain, PreparedAppend, prepareAppend } from '../prepared-append';
import { OrderedBatch, orderedBatch } from './ordered-batch';
import { rowsOf } from './rows';
import { SharedConnection } from './shared-connection';
import { STATEMENTS } from './statements';

/**
 * Two batches at once, on one connection: while one waits for the disk we write the next, which PostgreSQL takes up without
 * a lock or a socket having to change hands.
 */
const LANES = 2;

/** Connections: what is appended in order has one of its own. */
export const CONNECTIONS = 2;

const LIMITS = { lanes: LANES, overlap: 16, events: 1_000, bytes: 4 * 1024 * 1024 };

/** After another process has come between a lone append, so many of them do not try the short cut. */
const DETOURS = 100;

/** Told of every append and of every transaction, for metrics. */
export interface AppendObserver {
  /** An append has its answer, good or bad, so many seconds after it came. */
  appended(seconds: number): void;
  /** A transaction with so many appends has ended. */
  committed(appends: number): void;
}

/** What event_store.append says of a batch; see its migration. */
interface Answer {
  before: string;
  refused: Record<string, number> | null;
}

type Outcome = PromiseSettledResult<AppendResult>;

/** The writing half of the PostgreSQL store. `pool` holds {@link CONNECTIONS}, which pipeline. */
export class Appender {
  private readonly batches = new GroupCommit((batch: PreparedAppend[]) => this.commit(batch), LIMITS);
  private readonly connection: SharedConnection;
  private inFlight = 0;
  private detours = 0;

  constructor(
    private readonly pool: Pool,
    private readonly observer?: AppendObserver,
  ) {
    this.connection = new SharedConnection(pool);
  }

  /** @throws EventTooLarge, ConcurrencyConflict, AppendInDoubt; RangeError when the events do not continue the hash chain */
  async append(request: AppendRequest): Promise<AppendResult> {
    const started = performance.now();
    try {
      return await this.batches.add(prepareAppend(request));
    } finally {
      this.observer?.appended((performance.now() - started) / 1_000);
    }
  }

  /** All in one transaction each, of {@link LIMITS} at most; see {@link OrderedAppend}. */
  async appendInOrder(events: readonly PlacedEvent[]): Promise<void> {
    const batch = orderedBatch(events);
    if (events.length > 1 && (events.length > LIMITS.events || batch.bytes > LIMITS.bytes)) {
      const middle = Math.ceil(events.length / 2);
      await this.appendInOrder(events.slice(0, middle));
      return this.appendInOrder(events.slice(middle));
    }
    // As in commit: a connection that cannot be made is no doubt.
    const client = await this.pool.connect();
    let spent = true;
    try {
      await appendOrdered(client, batch);
      spent = false;
    } catch (error) {
      if (isAnswer(error)) throw error;
      throw new AppendInDoubt(events[0]?.stream ?? '', { cause: error });
    } finally {
      client.release(spent);
    }
  }

  async close(): Promise<void> {
    await this.batches.drained();
    await this.pool.end();
  }

  private async commit(batch: PreparedAppend[]): Promise<Outcome[]> {
    // A connection that cannot be made is no doubt: nothing has been sent, and its own error says why.
    const { client, release } = await this.connection.take();
    let lost = false;
    this.inFlight += 1;
    try {
      return await this.appendBatch(client, batch);
    } catch (error) {
      lost = !isRefusedByServer(error);
      if (lost) return batch.map((append) => rejected(new AppendInDoubt(append.stream, { cause: error })));
      if (batch.length === 1) throw error;
    } finally {
      this.inFlight -= 1;
      release(lost);
      this.observer?.committed(batch.length);
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

  private async appendBatch(client: ClientBase, batch: PreparedAppend[]): Promise<Outcome[]> {
    const alone = this.mayShortCut(batch);
    if (alone) {
      const done = await appendOne(client, alone);
      if (done) return [done];
    }
    const outcomes = await appendAll(client, batch);
    // It was right for where its stream is, so that another process has come between: that process may well go on.
    if (alone && outcomes[0]?.status === 'fulfilled') this.detours = DETOURS;
    return outcomes;
  }

  private mayShortCut(batch: PreparedAppend[]): PreparedAppend | undefined {
    const [append] = batch;
    if (batch.length > 1 || append?.events.length !== 1 || this.inFlight > 1) return undefined;
    if (this.detours === 0) return append;
    this.detours -= 1;
    return undefined;
  }
}

/** A single event by the short cut; undefined when nothing was written. */
async function appendOne(client: ClientBase, append: PreparedAppend): Promise<Outcome | undefined> {
  const { stream, expectedRevision, previousHash, events } = append;
  const revision = expectedRevision + 1;
  const { rows } = await client.query<[string]>({
    ...STATEMENTS.appendOne,
    values: [stream, revision, events[0]?.type, events[0]?.data, events[0]?.metadata, previousHash],
    rowMode: 'array',
  });
  return rows[0] && fulfilled(revision, rows[0][0]);
}

async function appendAll(client: ClientBase, batch: PreparedAppend[]): Promise<Outcome[]> {
  const json = `[${batch.flatMap(rowsOf).join()}]`;
  const { rows } = await client.query<[Answer]>({ ...STATEMENTS.append, values: [json], rowMode: 'array' });
  if (!rows[0]) throw new Error('event_store.append gave no answer');
  const { before, refused } = rows[0][0];
  // Positions are dense and in the order of the batch, so that the answer needs to name the first one only.
  let position = BigInt(before);
  return batch.map((append, index) => {
    const refusal = refusalOf(append, refused?.[index]);
    if (refusal) return rejected(refusal);
    const { expectedRevision, events } = append;
    position += BigInt(events.length);
    return fulfilled(expectedRevision + events.length, position.toString());
  });
}

function isAnswer(error: unknown): boolean {
  return error instanceof ConcurrencyConflict || error instanceof RangeError || isRefusedByServer(error);
}

/** All or nothing. */
async function appendOrdered(client: ClientBase, { json, appends }: OrderedBatch): Promise<void> {
  await client.query('BEGIN');
  const { rows } = await client.query<[Answer]>({ ...STATEMENTS.append, values: [json], rowMode: 'array' });
  const refused = rows[0]?.[0].refused ?? {};
  const refusals = appends.flatMap((append, index) => refusalOf(append, refused[index]) ?? []);
  await client.query(refusals.length > 0 ? 'ROLLBACK' : 'COMMIT');
  if (refusals[0]) throw refusals[0];
}

/** What it means that a stream was really at a revision; undefined where nothing was refused. */
function refusalOf({ stream, expectedRevision }: PreparedAppend, actual: number | undefined): Error | undefined {
  if (actual === undefined) return undefined;
  return actual === expectedRevision ? brokenChain(stream) : new ConcurrencyConflict(stream, expectedRevision, actual);
}

function fulfilled(revision: number, position: string): Outcome {
  return { status: 'fulfilled', value: { revision, position } };
}

function rejected(reason: unknown): Outcome {
  return { status: 'rejected', reason };
}
