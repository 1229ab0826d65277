import { randomUUID } from 'node:crypto';
import { Actor } from '../../libs/audit/hash-chain';
import { CommandHandler } from '../../libs/event-store/command-handler';
import { EventStore, RecordedEvent } from '../../libs/event-store/event-store';
import { PostgresEventStore } from '../../libs/event-store/postgres/postgres-event-store';
import { createPool, Pool } from '../../libs/postgres/pool';
import { loadProfile } from '../../libs/programme/load-profile';
import { Programme } from '../../libs/programme/programme';
import { ProjectCommand } from '../../libs/project/commands';
import { projectDecider } from '../../libs/project/decider';
import { Refusal } from '../../libs/project/refusal';
import { ProjectState } from '../../libs/project/state';
import { createProjectionPool, ProjectionPool } from '../../libs/read-models/projection-pool';
import { createDatabase } from './database';
import { Attempt, commandOf, proposalOf } from './random-projects';

export const PROGRAMME = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));
export const ACTOR: Actor = { subject: 'clerk', name: '录入员', role: 'clerk', unit: '发改委' };

/** A fresh database with an event store, and what queries and projections need. */
export interface Ground {
  url: string;
  store: EventStore;
  pool: Pool;
  projections: ProjectionPool;
  close: () => Promise<void>;
}

export async function openGround(): Promise<Ground> {
  const database = await createDatabase();
  const store = await PostgresEventStore.open(database.url);
  const pool = createPool(database.url);
  const projections = createProjectionPool(database.url);
  const close = async () => {
    await Promise.all([store.close(), pool.end(), projections.end()]);
    await database.drop();
  };
  return { url: database.url, store, pool, projections, close };
}

/** Records what people do with projects, each command an hour after the one before. */
export class Recorder {
  private now = Date.parse('2024-08-01T00:00:00.000Z');
  private serial = 0;
  readonly states = new Map<string, ProjectState>();
  private readonly handler: CommandHandler<ProjectState, ProjectCommand, never>;

  constructor(store: EventStore) {
    this.handler = new CommandHandler(store, projectDecider as never, PROGRAMME, () => new Date(this.now));
  }

  /** @returns the position, or undefined when the command was refused */
  async record(id: string, command: ProjectCommand): Promise<string | undefined> {
    this.now += 3_600_000;
    const stream = `project-${id}`;
    try {
      const request = { stream, commands: [command], actor: ACTOR, commandId: `c-${this.serial++}` };
      const outcome = await this.handler.handle(request);
      this.states.set(id, outcome.state);
      return outcome.position;
    } catch (error) {
      if (error instanceof Refusal) return undefined;
      throw error;
    }
  }

  /** Plays what was drawn by chance; `ids` are the projects. */
  async play(attempts: readonly Attempt[], ids: readonly string[]): Promise<void> {
    for (const attempt of attempts) {
      const id = ids[attempt.project]!;
      await this.record(id, commandOf(attempt, this.states.get(id)));
    }
  }
}

export async function allEvents(store: EventStore): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of store.readAll()) events.push(...batch);
  return events;
}

/** Cuts a list into parts whose lengths follow the given ones, again and again. */
export function cut<Item>(items: readonly Item[], lengths: readonly number[]): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0, turn = 0; start < items.length; turn += 1) {
    const length = lengths[turn % lengths.length]!;
    parts.push(items.slice(start, start + length));
    start += length;
  }
  return parts;
}

const TABLES = { projects: 'id', milestones: 'project, revision', funnel: 'cell', conferences: 'id' };

/** All rows of a generation but its checkpoint. */
export async function dump(pool: Pool, schema: string): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const [table, key] of Object.entries(TABLES)) {
    const { rows } = await pool.query<{ row: unknown }>(
      `SELECT to_jsonb(t) AS row FROM ${schema}.${table} AS t ORDER BY ${key}`,
    );
    tables[table] = rows.map(({ row }) => row);
  }
  return tables;
}

/** So many new projects, each proposed and suspended; their last digits go round, so that every partition gets some. */
export async function recordProjects(store: EventStore, recorder: Recorder, count: number): Promise<RecordedEvent[]> {
  const before = (await allEvents(store)).length;
  for (let serial = 0; serial < count; serial += 1) {
    const id = `${randomUUID().slice(0, -1)}${(serial % 16).toString(16)}`;
    await recorder.record(id, { type: 'Propose', data: proposalOf(serial) });
    await recorder.record(id, { type: 'Suspend', data: { occurredOn: '2024-08-01', reason: '资金' } });
  }
  return (await allEvents(store)).slice(before);
}
