import { CommandHandler } from '../libs/event-store/command-handler';
import { createPool, Pool } from '../libs/postgres/pool';
import { loadProfile } from '../libs/programme/load-profile';
import { Programme } from '../libs/programme/programme';
import { projectDecider } from '../libs/project/decider';
import { createProjectionPool } from '../libs/read-models/projection-pool';
import { projectorStatus } from '../libs/read-models/projector-status';
import { rebuild } from '../libs/read-models/rebuild';
import { verifyStream } from '../libs/audit/verify-stream';
import { RecordedEvent } from '../libs/event-store/event-store';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { createDatabase } from './support/database';
import { Acknowledged, liveProjects, Request } from './support/project-lives';
import { build, freePort, ServerProcess } from './support/server-process';

const KILLS = Number(process.env.LUODI_KILLS ?? 50);
const WRITERS = 8;
/** A server is killed at the latest when it has been sent this many requests. */
const LONGEST_LIFE = 60;
const programme = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));

describe(`the process is killed ${KILLS} times under load`, () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let url: string;
  let server: ServerProcess;
  /** Resolves when the server that is being started is ready. */
  let up: Promise<void>;
  let sent = 0;
  const acknowledged = new Map<string, Acknowledged>();
  const repeats: { first: Acknowledged; again: Acknowledged }[] = [];

  const start = () => {
    const { port } = new URL(url);
    const env = { DATABASE_URL: database.url, PORT: port, AUTH: 'local', LOG_LEVEL: 'error' };
    server = ServerProcess.start(['dist/apps/standalone/main.js', 'start'], env);
    up = server.ready(url);
    return up;
  };

  const attempt = async ({ path, key, body }: Request): Promise<Acknowledged | undefined> => {
    await up;
    sent += 1;
    try {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      const answer = (await response.json()) as Acknowledged['answer'];
      if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${JSON.stringify(answer)}`);
      return { path, key, body, status: response.status, answer };
    } catch (error) {
      // The connection broke, or was refused: whether it happened is not known.
      if ((error as Error).name === 'TypeError') return undefined;
      throw error;
    }
  };

  /** As a careful client does: the same key again until there is an answer. */
  const send = async (request: Request): Promise<Acknowledged> => {
    for (;;) {
      const answered = await attempt(request);
      if (!answered) continue;
      acknowledged.set(request.key, answered);
      return answered;
    }
  };

  /** Sends some of what was answered long ago once more. */
  const repeatSome = async () => {
    const all = [...acknowledged.values()];
    for (const first of sample(all, 3)) {
      const again = await attempt(first);
      if (again) repeats.push({ first, again });
    }
  };

  beforeAll(async () => {
    await build();
    database = await createDatabase();
    url = `http://127.0.0.1:${await freePort()}`;
    await start();
    let stopped = false;
    const failed = new AbortController();
    const writers = Array.from({ length: WRITERS }, (_, writer) => liveProjects(writer, send, () => stopped));
    const load = Promise.all(writers).catch((error: unknown) => failed.abort(error));
    for (let kill = 0; kill < KILLS; kill += 1) {
      const moment = sent + 1 + Math.floor(Math.random() * LONGEST_LIFE);
      await server.until(`request ${moment}`, () => failed.signal.aborted || sent >= moment);
      failed.signal.throwIfAborted();
      const old = server;
      up = old.end('SIGKILL').then(start);
      await up;
      await repeatSome();
    }
    stopped = true;
    await load;
    failed.signal.throwIfAborted();
  }, KILLS * 10_000);

  afterAll(async () => {
    await server?.end('SIGKILL');
    await database?.drop();
  });

  it('has every acknowledged command exactly once, with the answer it gave', async () => {
    const events = await everything();
    const byCommand = Map.groupBy(events, ({ metadata }) => metadata.commandId);
    for (const { key, answer } of acknowledged.values()) {
      const effect = byCommand.get(key) ?? [];
      expect(effect.map(({ metadata }) => metadata.eventId)).toEqual(answer.eventIds);
      expect(effect.at(-1)).toMatchObject({
        stream: `project-${answer.id}`,
        revision: answer.revision,
        position: answer.position,
      });
    }
    // What was never acknowledged is there whole or not at all: every command of this load is one event.
    expect([...byCommand.values()].filter((effect) => effect.length !== 1)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(KILLS);
  });

  it('answers a command that is sent again as it did before', () => {
    expect(repeats.length).toBeGreaterThan(KILLS);
    for (const { first, again } of repeats) expect(again).toEqual(first);
  });

  it('has unbroken chains and dense positions', async () => {
    const events = await everything();
    expect(events.map(({ position }) => Number(position))).toEqual(events.map((_, index) => index + 1));
    for (const [stream, own] of Map.groupBy(events, (event) => event.stream)) {
      expect({ stream, ...verifyStream(own) }).toMatchObject({ verified: true, events: own.length });
    }
  });

  it('has read models that equal a fold from scratch', async () => {
    const events = await everything();
    const pool = createPool(database.url);
    const projection = createProjectionPool(database.url);
    const store = await PostgresEventStore.open(database.url);
    try {
      const head = events.at(-1)?.position;
      await server.until('the projector', async () => (await projectorStatus(pool, store)).position === head);
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
      const live = await contentOf(pool);
      expect(statesIn(live)).toEqual(statesOf(store, events));
      await rebuild({ pool: projection, store, programme });
      expect(await contentOf(pool)).toEqual(live);
    } finally {
      await store.close();
      await pool.end();
      await projection.end();
    }
  });

  const everything = async (): Promise<RecordedEvent[]> => {
    const store = await PostgresEventStore.open(database.url);
    try {
      return (await Array.fromAsync(store.readAll())).flat();
    } finally {
      await store.close();
    }
  };
});

type Rows = Record<string, unknown>[];

/** All rows of all read models, in no order of their own. */
async function contentOf(pool: Pool): Promise<Record<string, Rows>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'read_models' AND tablename <> 'generation'`,
  );
  expect(tables.length).toBeGreaterThanOrEqual(4);
  const content: Record<string, Rows> = {};
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM read_models.${name} AS t ORDER BY to_jsonb(t)::text COLLATE "C"`,
    );
    content[name] = rows.map(({ row }) => row);
  }
  return content;
}

function statesIn({ projects = [] }: Record<string, Rows>): Map<unknown, unknown> {
  expect(projects.length).toBeGreaterThan(KILLS / 10);
  return new Map(projects.map(({ id, state }) => [id, state]));
}

function statesOf(store: PostgresEventStore, events: RecordedEvent[]): Map<unknown, unknown> {
  const handler = new CommandHandler(store, projectDecider, programme);
  const streams = [...Map.groupBy(events, ({ stream }) => stream)];
  // Through JSON, as the read model keeps it: what is undefined is left out.
  const states = streams.map(([stream, own]) => [stream.slice('project-'.length), asJson(handler.fold(own))] as const);
  return new Map(states.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function sample<T>(all: readonly T[], size: number): T[] {
  return Array.from({ length: Math.min(size, all.length) }, () => all[Math.floor(Math.random() * all.length)] as T);
}
