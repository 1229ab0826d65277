import { verifyStore } from '../apps/cli/verify.command';
import { showDemo } from '../apps/standalone/demo';
import { StandaloneModule } from '../apps/standalone/standalone.module';
import { EventStore } from '../libs/event-store/event-store';
import { EVENT_STORE } from '../libs/event-store/event-store.module';
import { loadConfiguration } from '../libs/runtime/configuration';
import { startHttp } from '../libs/runtime/http-server';
import { createDatabase } from './support/database';
import { openEventStoreDb, TestServer } from './support/eventstoredb/server';

/** Everything in one process on one event store or the other, as the environment would say it. */
interface House {
  store: EventStore;
  url: string;
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; text: string }>;
  json<Body>(path: string): Promise<Body>;
  stop(): Promise<void>;
}

type Env = Record<string, string>;

async function startHouse(databaseUrl: string, env: Env): Promise<House> {
  const defaults = { DATABASE_URL: databaseUrl, AUTH: 'local', PORT: '0', LOG_LEVEL: 'silent' };
  const configuration = loadConfiguration({ ...defaults, ...env });
  const server = await startHttp(StandaloneModule.with(configuration), { configuration, signals: false });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}${path}`, { headers });
    return { status: response.status, text: await response.text() };
  };
  const json = async <Body>(path: string): Promise<Body> => {
    const { status, text } = await get(path);
    if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
    return JSON.parse(text) as Body;
  };
  await showDemo(server, new AbortController().signal);
  return { store: server.app.get<EventStore>(EVENT_STORE), url: server.url, get, json, stop: () => server.close() };
}

/** What depends on the store, or on when and under which id something was recorded, and on nothing that was said. */
const PASSING = new Set(['position', 'eventId', 'recordedAt', 'lastActivityAt', 'hash', 'previousHash', 'commandId']);

function lasting(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, part: unknown) => (PASSING.has(key) ? undefined : part));
}

const FIGURES = [
  '/api/v1/conferences/karamay-2024',
  '/api/v1/funnel?conference=karamay-2024',
  '/api/v1/matrix?conference=karamay-2024',
  '/api/v1/projects?limit=100&sort=title',
];

/** What a reader is sent first who was cut off after a position. */
async function firstOfLiveFeed({ url }: House, lastEventId: string): Promise<string> {
  const ending = new AbortController();
  const headers = { accept: 'text/event-stream', 'last-event-id': lastEventId };
  const { body } = await fetch(`${url}/api/v1/events`, { headers, signal: ending.signal });
  let text = '';
  try {
    for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += part;
      if (text.includes('\ndata: ')) return text;
    }
    return text;
  } finally {
    ending.abort();
  }
}

describe('everything in one process on EventStoreDB', () => {
  let server: TestServer;
  const databases: Awaited<ReturnType<typeof createDatabase>>[] = [];
  let house: House;
  let usual: House;

  beforeAll(async () => {
    // The demo tells its progress and its figures.
    for (const output of ['log', 'error'] as const) jest.spyOn(console, output).mockImplementation(() => undefined);
    server = await openEventStoreDb();
    databases.push(await createDatabase(), await createDatabase());
    const [here, there] = databases.map(({ url }) => url) as [string, string];
    house = await startHouse(here, { EVENT_STORE: 'eventstoredb', EVENTSTOREDB_URL: server.url });
    usual = await startHouse(there, { EVENT_STORE: 'postgres' });
  });
  afterAll(async () => {
    await Promise.all([house?.stop(), usual?.stop()]);
    await Promise.all(databases.map((database) => database.drop()));
    await server.stop();
  });

  it('shows the figures of the conference as they were announced', async () => {
    expect(await house.json(FIGURES[0] ?? '')).toMatchObject({
      pairs: 266,
      agreements: {
        all: { firms: 129 },
        investment: { firms: 63, amount: { value: '51800000000.00', currency: 'CNY', bound: 'exact' } },
        intentAndFramework: { firms: 66, amount: { value: '120000000000.00', currency: 'CNY', bound: 'at-least' } },
      },
    });
  });

  it.each(FIGURES)('says the same as on PostgreSQL: %s', async (path) => {
    const [here, there] = await Promise.all([house.json<object>(path), usual.json<object>(path)]);
    expect(lasting(here)).toEqual(lasting(there));
  });

  it('has the same events as PostgreSQL, in the same order within each stream, and every hash verifies', async () => {
    const [here, there] = await Promise.all(
      [house, usual].map(async ({ store }) => (await Array.fromAsync(store.readAll())).flat()),
    );
    // Of what an import appends at once, either store may take one stream before another.
    const said = (events = here) =>
      events?.map(({ stream, revision, type, data }) => ({ place: `${stream} ${revision}`, type, data })) ?? [];
    const byPlace = (a: { place: string }, b: { place: string }) => (a.place < b.place ? -1 : 1);
    expect(said(here).sort(byPlace)).toEqual(said(there).sort(byPlace));
    const verdict = await verifyStore(house.store);
    expect(verdict).toMatchObject({ events: here?.length, broken: [] });
    expect(verdict.streams).toBe(130);
  });

  it('waits for what was written, feeds events from a position on, and shows the audit trail', async () => {
    const page = await house.json<{ items: { id: string }[] }>('/api/v1/projects?limit=1');
    const id = page.items[0]?.id ?? '';
    const head = (await house.store.head()) ?? '';
    expect((await house.get(`/api/v1/projects/${id}?after=${head}`)).status).toBe(200);
    expect((await house.get(`/api/v1/projects/${id}?after=1`)).status).toBe(400);
    const history = await house.json<{ chain: { verified: boolean } }>(`/api/v1/projects/${id}/history`);
    expect(JSON.stringify(history)).toContain('"verified":true');
    const feed = await house.json<{ items: { position: string }[]; next: string }>('/api/v1/events?limit=3');
    expect(feed.items).toHaveLength(3);
    const rest = await house.json<{ items: { position: string }[] }>(`/api/v1/events?limit=3&after=${feed.next}`);
    expect(house.store.compare(rest.items[0]?.position ?? '', feed.next)).toBe(1);
    expect(await firstOfLiveFeed(house, feed.next)).toContain(`id: ${rest.items[0]?.position}\n`);
  });

  it('is ready, counts its appends, and is nowhere behind', async () => {
    expect((await house.get('/health/ready')).status).toBe(200);
    const { text } = await house.get('/metrics');
    expect(text).toMatch(/^luodi_append_duration_seconds_count [1-9]/m);
    expect(text).toMatch(/^luodi_event_store_stalls_total 0$/m);
    expect(text).toMatch(/^luodi_projection_lag_events 0$/m);
  });

  it('does not continue read models of another store', async () => {
    const env = { EVENT_STORE: 'postgres', DATABASE_URL: databases[0]?.url ?? '' };
    const configuration = loadConfiguration({ ...env, AUTH: 'local', PORT: '0', LOG_LEVEL: 'silent' });
    const wrong = await startHttp(StandaloneModule.with(configuration), { configuration, signals: false });
    try {
      let health = { parts: { projector: 'up' } };
      while (health.parts.projector === 'up') {
        health = (await (await fetch(`${wrong.url}/health/ready`)).json()) as typeof health;
      }
      expect(health.parts.projector).toBe('down');
    } finally {
      await wrong.close();
    }
  });
});
