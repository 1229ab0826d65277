import { setImmediate as breathe } from 'node:timers/promises';
import { validate as isUuid } from 'uuid';
import { Position } from '../event-store/event-store';
import { ClientBase, Pool } from '../postgres/pool';
import { Programme } from '../programme/programme';
import { FoldableEvent, Folded, Folding, streamId } from './fold';
import { CHANNEL, Generation, GenerationSchema, LIVE, loadGeneration } from './generation';
import { lastEventOf } from './last-event';
import { claimMove, loadOffsets, Move } from './offsets';
import { PARKED, ParkedRow } from './parked-table';
import { ProjectionPool } from './projection-pool';
import { RecentStates } from './recent-states';
import { writeOrPark } from './write-or-park';
import { asJson, byCopy, EncodedWrite, isDataError, writesOf } from './writes';

export { createProjectionPool } from './projection-pool';

/**
 * `written`: rows and checkpoint, in one transaction. `parked`: as well, but for streams that PostgreSQL refused to take.
 * `moved`: somebody else has moved the checkpoint, and nothing was written.
 */
export type Outcome = 'written' | 'parked' | 'moved';

interface Batch extends Folded {
  last: FoldableEvent | undefined;
  events: number;
  /** Set where the events come from a partition: its offset is the checkpoint then. */
  move: Move | undefined;
  /** Undefined where some stream cannot be written: written in parts, it is found, and parked. */
  writes: EncodedWrite[] | undefined;
}

/** What a projection learns when it is opened. */
interface Known {
  states: RecentStates;
  parked: Map<string, ParkedRow>;
  /** Events may come that are projected already: also for the first event of a stream its state must be looked up. */
  mayRepeat: boolean;
}

/** Events folded at a stretch: then it is the turn of the batch before, whose statements wait to be sent. */
const SLICE = 50;

/** States kept in memory; never fewer than a batch has streams, see {@link RecentStates}. */
const REMEMBERED = 20_000;

/**
 * Brings one generation forward, batch by batch. What it remembers is right only while nobody else moves the checkpoint:
 * after any outcome but `written`, and after an error, open another one.
 */
export class Projection {
  private constructor(
    private readonly pool: ProjectionPool,
    readonly generation: Generation,
    private readonly programme: Programme,
    private readonly known: Known,
  ) {}

  /** Undefined when the generation does not exist. `remembered`: how many states, see {@link RecentStates}. */
  static async open(
    pool: ProjectionPool,
    schema: GenerationSchema,
    programme: Programme,
    remembered = REMEMBERED,
  ): Promise<Projection | undefined> {
    const generation = await loadGeneration(pool, schema);
    if (!generation) return undefined;
    const { rows } = await pool.query<ParkedRow>(
      `SELECT stream, revision, position, error, to_json(parked_at) #>> '{}' AS parked_at, waiting FROM ${schema}.parked`,
    );
    const parked = new Map(rows.map((row) => [row.stream, row]));
    // Partitions may be ahead of the checkpoint, also those that were followed before the source was changed.
    const mayRepeat = generation.source === 'topic' || (await loadOffsets(pool, schema)).length > 0;
    return new Projection(pool, generation, programme, { states: new RecentStates(remembered), parked, mayRepeat });
  }

  /** Where the checkpoint is. */
  get position(): Position | undefined {
    return this.generation.position;
  }

  /** With a `move` the batch is of that partition, and may be empty. */
  async apply(batch: readonly FoldableEvent[], move?: Move): Promise<Outcome> {
    return this.write(await this.fold(batch, move));
  }

  /** Folds the batch that follows the one folded before, which may still be being written. */
  async fold(batch: readonly FoldableEvent[], move?: Move): Promise<Batch> {
    const last = batch.at(-1);
    if (!last && !move) throw new RangeError('a batch is never empty');
    await this.recall(batch);
    const folding = new Folding(this.known.states, this.known.parked);
    for (let start = 0; start < batch.length; start += SLICE) {
      folding.add(batch.slice(start, start + SLICE));
      await breathe();
    }
    const folded = folding.result;
    return {
      ...folded,
      last,
      events: batch.length,
      move,
      writes: await this.encode(folded),
    };
  }

  /** Writes one batch after the other, in the order of folding. */
  async write(batch: Batch): Promise<Outcome> {
    const attempt = await this.attempt(batch);
    const outcome = attempt === 'refused' ? await this.writeInParts(batch) : attempt;
    if (outcome === 'written') {
      if (!batch.move) this.generation.position = batch.last?.position;
      this.known.states.forgetOldest();
    }
    return outcome;
  }

  private async attempt(batch: Batch): Promise<Outcome | 'refused'> {
    if (!batch.writes) return 'refused';
    return this.generation.schema === LIVE ? this.writeLive(batch, batch.writes) : this.writeNext(batch, batch.writes);
  }

  private async encode({ changes, parked }: Folded): Promise<EncodedWrite[] | undefined> {
    const { schema } = this.generation;
    const encoded = schema === LIVE ? asJson : byCopy;
    try {
      const writes = writesOf(changes, schema, this.programme);
      if (parked.length > 0) writes.push({ kind: 'replace', table: PARKED, rows: parked });
      const all: EncodedWrite[] = [];
      for (const write of writes) {
        await breathe();
        all.push(encoded(schema, write));
      }
      return all;
    } catch {
      return undefined;
    }
  }

  /** Everything is sent at once, then judged by whether the checkpoint was ours to move. */
  private async writeLive(batch: Batch, writes: EncodedWrite[]): Promise<Outcome | 'refused'> {
    return this.withClient(this.pool.pipelined, async (client) => {
      const [begun, claimed, ...written] = await Promise.allSettled([
        client.query('BEGIN'),
        this.claim(client, batch),
        ...writes.map((write) => write(client)),
        this.notify(client, batch),
      ]);
      if (claimed.status === 'fulfilled' && claimed.value.rowCount === 0) {
        await client.query('ROLLBACK');
        return 'moved';
      }
      const failed = [begun, claimed, ...written].find((result) => result.status === 'rejected');
      if (failed) {
        await client.query('ROLLBACK');
        if (isDataError(failed.reason)) return 'refused';
        throw failed.reason;
      }
      await client.query('COMMIT');
      return 'written';
    });
  }

  /** Nobody waits for a generation that is not live yet; its batches are large. */
  private async writeNext(batch: Batch, writes: EncodedWrite[]): Promise<Outcome | 'refused'> {
    return this.withClient(this.pool, async (client) => {
      await client.query('BEGIN');
      const { rowCount } = await this.claim(client, batch);
      try {
        if (rowCount !== 0) for (const write of writes) await write(client);
      } catch (error) {
        await client.query('ROLLBACK');
        if (isDataError(error)) return 'refused';
        throw error;
      }
      await client.query(rowCount === 0 ? 'ROLLBACK' : 'COMMIT');
      return rowCount === 0 ? 'moved' : 'written';
    });
  }

  /** Some of the data was refused: what can be written is written, and what cannot is parked. */
  private async writeInParts(batch: Batch): Promise<Outcome> {
    const { schema } = this.generation;
    return this.withClient(this.pool, async (client) => {
      await client.query('BEGIN');
      const { rowCount } = await this.claim(client, batch);
      if (rowCount === 0) {
        await client.query('ROLLBACK');
        return 'moved';
      }
      const parked = new Map(batch.parked.map((row) => [row.stream, row]));
      const refused = await writeOrPark(client, { changes: batch.changes, schema, programme: this.programme });
      for (const row of refused) {
        const later = parked.get(row.stream)?.waiting ?? 0;
        parked.set(row.stream, { ...row, waiting: row.waiting + later });
      }
      await asJson(schema, { kind: 'replace', table: PARKED, rows: [...parked.values()] })(client);
      await this.notify(client, batch);
      await client.query('COMMIT');
      return 'parked';
    });
  }

  /** Moves the checkpoint, if it is where this projection believes it to be. */
  private claim(client: ClientBase, { last, events, move }: Batch): Promise<{ rowCount: number | null }> {
    if (move) return claimMove(client, this.generation, move);
    const { schema, id, epoch, position } = this.generation;
    const text = `UPDATE ${schema}.generation SET position = $1, applied = applied + $2,
        projected_at = clock_timestamp(), last_event = $6
      WHERE id = $3 AND epoch = $4 AND position IS NOT DISTINCT FROM $5`;
    const values = [last?.position, events, id, epoch, position ?? null, lastEventOf(last)];
    return client.query({ name: `claim-${schema}`, text, values });
  }

  private async notify(client: ClientBase, { last, move }: Batch): Promise<void> {
    if (this.generation.schema !== LIVE || move) return;
    await client.query({ name: 'notify', text: 'SELECT pg_notify($1, $2)', values: [CHANNEL, last?.position] });
  }

  /**
   * Loads the states that the batch continues and that are not in memory, in one query per kind of stream. Meanwhile the
   * batch before may be written and others forgotten: so those that are in memory are kept first.
   */
  private async recall(batch: readonly FoldableEvent[]): Promise<void> {
    const missing = { projects: new Map<string, string>(), conferences: new Map<string, string>() };
    const begun = new Set<string>();
    for (const { stream, revision } of batch) {
      if (revision === 0 && !this.known.mayRepeat) begun.add(stream);
      else if (!this.known.states.keep(stream) && !begun.has(stream)) {
        const name = streamId(stream);
        if (name) missing[name.kind].set(name.id, stream);
      }
    }
    // A name that is no UUID cannot be asked for; it has no row either.
    for (const id of missing.projects.keys()) if (!isUuid(id)) missing.projects.delete(id);
    await Promise.all([
      this.load('projects', 'uuid[]', missing.projects),
      this.load('conferences', 'text[]', missing.conferences),
    ]);
  }

  private async load(
    table: 'projects' | 'conferences',
    ids: 'uuid[]' | 'text[]',
    streams: Map<string, string>,
  ): Promise<void> {
    if (streams.size === 0) return;
    const { rows } = await this.pool.query<{ id: string; state: { revision: number } }>({
      name: `states-${this.generation.schema}-${table}`,
      text: `SELECT id, state FROM ${this.generation.schema}.${table} WHERE id = ANY($1::${ids})`,
      values: [[...streams.keys()]],
    });
    for (const { id, state } of rows) {
      const stream = streams.get(id);
      if (stream !== undefined) this.known.states.set(stream, state);
    }
  }

  private async withClient<Result>(pool: Pool, work: (client: ClientBase) => Promise<Result>): Promise<Result> {
    const client = await pool.connect();
    let result: Result | undefined;
    try {
      result = await work(client);
      return result;
    } finally {
      // After an error or a refusal the connection has statements behind it that were never prepared.
      client.release(result === undefined || result === 'refused');
    }
  }
}
