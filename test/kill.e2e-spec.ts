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

  it('stops when it is asked to', async () => {
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
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

function sample<T>(all: readonly T[], size: number): T[] {
  return Array.from({ length: Math.min(size, all.length) }, () => all[Math.floor(Math.random() * all.length)] as T);
}
