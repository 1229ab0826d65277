import { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { GENESIS, seal } from '../../libs/audit/hash-chain';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createDatabase } from '../../test/support/database';
import { QueryApiModule } from './query-api.module';

const ID = '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11';
let server: RunningServer;
let drop: () => Promise<void>;

/** The query-api by itself, and one event that nobody projects. */
beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  const env = { DATABASE_URL: database.url, AUTH: 'local', PORT: '0', LOG_LEVEL: 'silent' };
  server = await startHttp(QueryApiModule, { configuration: loadConfiguration(env), signals: false });
  const stream = `project-${ID}`;
  const ids = { eventId: 'e', commandId: 'c', commandDigest: 'd', correlationId: 'c', causationId: 'c' };
  const actor = { subject: 'li', name: '李明', role: 'clerk' as const, unit: '商务局' };
  const metadata = { ...ids, actor, schemaVersion: 2, recordedAt: '2024-05-13T08:00:00.000Z' };
  const event = { type: 'ProjectProposed', data: { occurredOn: '2024-05-13' }, metadata };
  const events = seal([event], { stream, revision: -1, hash: GENESIS });
  await server.app.get<EventStore>(EVENT_STORE).append({ stream, expectedRevision: -1, events });
});

afterAll(async () => {
  await server.close();
  await drop();
});

test.each(['/projects', `/projects/${ID}`, '/funnel', '/matrix', '/conferences', '/exports/projects.csv'])(
  '%s says that the read models have not been built, and when to ask again',
  async (path) => {
    const response = await get(path);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'read-models-missing' });
  },
);

test('a position that does not arrive is 503 after some seconds, with Retry-After', async () => {
  const response = await get('/projects?after=1');
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toMatchObject({ code: 'not-yet-visible' });
});

test('the audit trail, the feed and the status need no read models', async () => {
  expect(await (await get(`/projects/${ID}/history?after=1`)).json()).toMatchObject({
    total: 1,
    chain: { verified: true },
  });
  expect(await (await get('/events')).json()).toMatchObject({ items: [{ position: '1' }], atEnd: true });
  expect(await (await get('/status')).json()).toMatchObject({
    eventStore: { head: '1' },
    readModels: { position: null, eventsBehind: 1 },
  });
});

function get(path: string): Promise<Response> {
  return fetch(`${server.url}/api/v1${path}`);
}
