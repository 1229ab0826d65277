import { ConcurrencyConflict } from '../libs/event-store/event-store';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { Client, createClient } from '../libs/postgres/pool';
import { createDatabase } from './support/database';
import { newStream, nextAppend, StreamEnd } from './support/tally';

// LUODI_EVENTS=1000000 for the whole million.
const EVENTS = Number(process.env.LUODI_EVENTS ?? 50_000);
const WRITERS = 32;
const STREAM_LENGTH = 50;

let database: Awaited<ReturnType<typeof createDatabase>>;
let strangers: Client[];

beforeAll(async () => {
  database = await createDatabase();
  strangers = [createClient(database.url), createClient(process.env.TEST_DATABASE_URL ?? '')];
  await Promise.all(strangers.map((stranger) => stranger.connect()));
});
afterAll(async () => {
  await Promise.all(strangers.map((stranger) => stranger.end()));
  await database.drop();
});

/** Takes events as a follower gets them; throws on the first that is skipped, repeated or out of order. */
class Witness {
  events = 0;
  private readonly ends = new Map<string, { revision: number; hash: string }>();

  see(event: {
    position: string;
    stream: string;
    revision: number;
    metadata: { previousHash: string; hash: string };
  }): void {
    this.events += 1;
    if (event.position !== String(this.events)) throw new Error(`position ${event.position} instead of ${this.events}`);
    const end = this.ends.get(event.stream) ?? newStream();
    if (event.revision !== end.revision + 1 || event.metadata.previousHash !== end.hash) {
      throw new Error(`${event.stream}: revision ${event.revision} does not follow ${end.revision}`);
    }
    this.ends.set(event.stream, { revision: event.revision, hash: event.metadata.hash });
  }

  get streams(): number {
    return this.ends.size;
  }
}

/** Appends one to four events at a time to one stream after the other, and now and then at a revision that is wrong. */
async function write(
  store: PostgresEventStore,
  budget: { left: number },
): Promise<{ streams: number; conflicts: number }> {
  const done = { streams: 0, conflicts: 0 };
  let end: StreamEnd | undefined;
  while (budget.left > 0) {
    if (!end || end.revision >= STREAM_LENGTH) {
      end = newStream();
      done.streams += 1;
    }
    const count = Math.min(1 + (budget.left % 4), budget.left);
    budget.left -= count;
    const next = nextAppend(end, count, (index) => ({
      title: `年产十万吨番茄制品精深加工项目 ${index}`,
      left: budget.left,
    }));
    await store.append(next.request);
    if (budget.left % 97 === 0) {
      await expect(store.append(next.request)).rejects.toThrow(ConcurrencyConflict);
      done.conflicts += 1;
    }
    ({ end } = next);
  }
  return done;
}

test(
  `${WRITERS} writers and a follower, ${EVENTS} events, while other transactions stay open: nothing is skipped, repeated or out of order`,
  async () => {
    for (const stranger of strangers) {
      await stranger.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      await stranger.query('SELECT pg_current_xact_id()');
    }
    const stores = await Promise.all(Array.from({ length: 3 }, () => PostgresEventStore.open(database.url)));
    const [follower, ...writing] = stores as [PostgresEventStore, ...PostgresEventStore[]];
    try {
      const stop = new AbortController();
      const live = new Witness();
      let lag = 0;
      const following = (async () => {
        for await (const batch of follower.followAll({ signal: stop.signal })) {
          batch.forEach((event) => live.see(event));
          if (live.events === EVENTS) stop.abort();
        }
      })();
      const started = performance.now();
      const budget = { left: EVENTS };
      const writers = Array.from({ length: WRITERS }, (_, index) => write(writing[index % 2] ?? follower, budget));
      const done = await Promise.race([Promise.all(writers), following.then(() => Promise.all(writers))]);
      const written = performance.now();
      lag = EVENTS - live.events;
      await following;
      const followed = performance.now();

      const again = new Witness();
      for await (const batch of follower.readAll()) batch.forEach((event) => again.see(event));
      const read = performance.now();
      expect([live.events, again.events]).toEqual([EVENTS, EVENTS]);
      const streams = done.reduce((sum, it) => sum + it.streams, 0);
      expect([live.streams, again.streams]).toEqual([streams, streams]);
      expect(done.reduce((sum, it) => sum + it.conflicts, 0)).toBeGreaterThan(0);
      expect(await follower.head()).toBe(String(EVENTS));
      const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1);
      process.stdout.write(
        `${EVENTS} events: written in ${seconds(started, written)} s, followed ${seconds(written, followed)} s later ` +
          `(${lag} behind), read again in ${seconds(followed, read)} s\n`,
      );
    } finally {
      await Promise.all(stores.map((store) => store.close()));
    }
  },
  60_000 + EVENTS,
);
