import { Module } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { GENESIS, seal, UnsealedEvent } from '../../libs/audit/hash-chain';
import { EventStore, RecordedEvent } from '../../libs/event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../../libs/event-store/event-store.module';
import { createPool } from '../../libs/postgres/pool';
import { ProgrammeModule } from '../../libs/programme/programme.module';
import { READ_MODELS } from '../../libs/read-models/read-models.module';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createToken, revokeToken } from '../../libs/runtime/identity/tokens';
import { createDatabase } from '../../test/support/database';
import { FeedController, FeedTiming } from './feed.controller';
import { OpenFeeds } from './open-feeds';
import { Reading } from './reading';

const timing = { heartbeatMs: 50, retryMs: 1_000, stalledMs: 400 };

/** The feed reads the event store alone; there are no read models in this process. */
@Module({
  imports: [EventStoreModule, ProgrammeModule],
  controllers: [FeedController],
  providers: [Reading, OpenFeeds, { provide: FeedTiming, useValue: timing }, { provide: READ_MODELS, useValue: {} }],
})
class FeedModule {}

let server: RunningServer;
let store: EventStore;
let databaseUrl: string;
let drop: () => Promise<void>;

beforeEach(async () => {
  const database = await createDatabase();
  drop = database.drop;
  databaseUrl = database.url;
  server = await start(database.url);
  store = server.app.get<EventStore>(EVENT_STORE);
});

afterEach(async () => {
  await server.close();
  await drop();
});

test('pages follow one another without gap or repeat while others write', async () => {
  const writing = write(8, 60);
  const seen: string[] = [];
  let after: string | null = null;
  for (;;) {
    const page = await read(`limit=7${after === null ? '' : `&after=${after}`}`);
    expect(page.items.length).toBeLessThanOrEqual(7);
    seen.push(...page.items.map((event) => event.position));
    after = page.next;
    if (page.atEnd && seen.length >= 480) break;
  }
  await writing;
  expect(seen).toEqual(positionsUpTo(480));
});

test('an empty store has an empty page and nothing to go on from', async () => {
  expect(await read('')).toEqual({ items: [], next: null, atEnd: true });
});

test('by category and by stream; next goes past what was passed over', async () => {
  await append('project-a', 3);
  await append('conference-x', 2);
  await append('project-a', 1);
  const conferences = await read('category=conference&limit=2');
  expect(conferences).toMatchObject({ items: [{ position: '4' }, { position: '5' }], next: '5' });
  expect(await read('category=conference&after=5')).toEqual({ items: [], next: '6', atEnd: true });
  const stream = await read('stream=project-a&after=1');
  expect(stream.items.map((event) => event.position)).toEqual(['2', '3', '6']);
});

test('a page of large events ends before it has as many as asked for, and none is left out', async () => {
  await appendLarge('project-large', 12, 900_000);
  const pages = [];
  let after: string | null = null;
  do {
    const page = await read(`limit=1000${after === null ? '' : `&after=${after}`}`);
    pages.push(page);
    after = page.next;
  } while (!pages.at(-1)?.atEnd);
  for (const { items } of pages) expect(JSON.stringify(items).length).toBeLessThan(6_000_000);
  expect(pages.flatMap(({ items }) => items.map((event) => event.position))).toEqual(positionsUpTo(12));
});

test('a live feed of a stream and of another category has neither past nor present', async () => {
  await append('project-a', 2);
  for await (const { id, event } of messages('stream=project-a&category=conference')) {
    expect(event).toBeUndefined();
    if (id === '2') await append('project-a', 1);
    if (id === '3') break;
  }
});

test('server-sent events: a reader that is cut off again and again misses nothing and sees nothing twice', async () => {
  const writing = write(8, 60);
  const seen: string[] = [];
  while (seen.length < 480) {
    const last = seen.at(-1);
    const headers: Record<string, string> = last === undefined ? {} : { 'last-event-id': last };
    // The address stays the one the browser began with; the header says how far it came.
    for await (const message of messages('', headers)) {
      if (message.event === undefined) continue;
      expect(message.event.position).toBe(message.id);
      seen.push(message.id);
      if (seen.length % 37 === 0 || seen.length === 480) break;
    }
  }
  await writing;
  expect(seen).toEqual(positionsUpTo(480));
});

test('a live feed of one stream begins with its past and goes on with what is new', async () => {
  await append('project-a', 3);
  await append('project-b', 2);
  const seen: string[] = [];
  for await (const { event } of messages('stream=project-a&after=1')) {
    if (event) seen.push(event.position);
    if (seen.length === 2 && event) {
      await append('project-b', 1);
      await append('project-a', 1);
    }
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(['2', '3', '7']);
});

test('signs of life carry the position reached, also past events that do not match', async () => {
  await append('project-a', 5);
  for await (const { id, event } of messages('category=conference')) {
    expect(event).toBeUndefined();
    if (id === '5') break;
  }
});

test('the feed ends when the reader leaves', async () => {
  await append('project-a', 1);
  for await (const { event } of messages('')) if (event) break;
  await until(() => openFeeds() === 0);
});

test('the feed ends when the token of its reader is revoked', async () => {
  const pool = createPool(databaseUrl, { max: 1 });
  const guarded = await start(databaseUrl, 'token');
  try {
    const service = { subject: 'bi', name: 'BI', unit: 'test', role: 'service' as const, prefectures: [] };
    const { id, token } = await createToken(pool, service);
    const headers = { accept: 'text/event-stream', authorization: `Bearer ${token}` };
    const response = await fetch(`${guarded.url}/api/v1/events`, { headers });
    const reading = response.text();
    expect(response.status).toBe(200);
    await revokeToken(pool, id);
    await expect(reading).rejects.toThrow('terminated');
  } finally {
    await guarded.close();
    await pool.end();
  }
});

test('a reader that takes nothing is cut off', async () => {
  await appendLarge('project-large', 400);
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n');
  await until(() => openFeeds() === 1);
  await until(async () => (await connections()) === 0);
  await until(() => openFeeds() === 0);
  socket.destroy();
});

test('the server stops although somebody listens', async () => {
  const reading = messages('');
  await reading.next();
  await server.close();
  // Signs of life may have come before the end.
  await expect(Array.fromAsync(reading)).rejects.toThrow('terminated');
});

test.each([
  ['after=abc', 'after'],
  ['after=0', 'after'],
  ['after=99', 'after'],
  ['limit=0', 'limit'],
  ['limit=1001', 'limit'],
  ['limit=7.5', 'limit'],
  ['category=projects', 'category'],
  ['stream=a&stream=b', 'stream'],
  ['colour=red', 'colour'],
])('%s is refused and named', async (query, field) => {
  const response = await fetch(`${server.url}/api/v1/events?${query}`);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ field }] });
});

test('a Last-Event-ID of another store is refused before the feed begins', async () => {
  const headers = { accept: 'text/event-stream', 'last-event-id': '17' };
  const response = await fetch(`${server.url}/api/v1/events`, { headers });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ errors: [{ field: 'Last-Event-ID' }] });
});

test('HEAD of the live feed ends', async () => {
  await append('project-a', 1);
  const headers = { accept: 'text/event-stream' };
  const response = await fetch(`${server.url}/api/v1/events`, { method: 'HEAD', headers });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBeNull();
  expect(openFeeds()).toBe(0);
});

test.each([
  ['text/event-stream', 'text/event-stream'],
  ['text/event-stream, */*;q=0.1', 'text/event-stream'],
  ['Text/Event-Stream;q=0.5, application/json;q=0.2', 'text/event-stream'],
  ['text/event-stream;q=0, application/json', 'application/json'],
  ['application/json, text/event-stream; q=0.1', 'application/json'],
  ['application/json', 'application/json'],
  ['*/*', 'application/json'],
])('who accepts %s gets %s', async (accept, type) => {
  const leaving = new AbortController();
  const response = await fetch(`${server.url}/api/v1/events`, { headers: { accept }, signal: leaving.signal });
  expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  leaving.abort();
});

function start(url: string, auth = 'local'): Promise<RunningServer> {
  const env = { DATABASE_URL: url, AUTH: auth, PORT: '0', LOG_LEVEL: 'silent' };
  return startHttp(FeedModule, { configuration: loadConfiguration(env), signals: false });
}

function openFeeds(): number {
  return server.app.get(OpenFeeds).size;
}

function connections(): Promise<number> {
  return promisify(server.app.getHttpServer().getConnections).call(server.app.getHttpServer());
}

async function read(query: string): Promise<{ items: RecordedEvent[]; next: string | null; atEnd: boolean }> {
  const response = await fetch(`${server.url}/api/v1/events?${query}`);
  return (await response.json()) as { items: RecordedEvent[]; next: string | null; atEnd: boolean };
}

/** The blocks of a live feed, parsed as the standard says; ends the connection when left. */
async function* messages(
  query: string,
  headers: Record<string, string> = {},
): AsyncGenerator<{ id: string; event?: RecordedEvent }> {
  const leaving = new AbortController();
  const init = { headers: { accept: 'text/event-stream', ...headers }, signal: leaving.signal };
  const response = await fetch(`${server.url}/api/v1/events?${query}`, init);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  try {
    let text = '';
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const fields = Object.fromEntries(
          block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]),
        ) as Partial<Record<string, string>>;
        const event = fields.data === undefined ? undefined : (JSON.parse(fields.data) as RecordedEvent);
        yield { id: fields.id ?? '', event };
      }
    }
  } finally {
    leaving.abort();
  }
}

/** So many writers at once, each so many events, one after the other, into streams of their own. */
async function write(writers: number, events: number): Promise<void> {
  const writer = async (name: number) => {
    for (let index = 0; index < events; index += 1) await append(`project-${name}`, 1);
  };
  await Promise.all(Array.from({ length: writers }, (_, name) => writer(name)));
}

async function append(stream: string, count: number): Promise<void> {
  await appendAll(
    stream,
    Array.from({ length: count }, () => ({ occurredOn: '2024-05-13' })),
  );
}

async function appendLarge(stream: string, count: number, letters = 50_000): Promise<void> {
  await appendAll(
    stream,
    Array.from({ length: count }, () => ({ text: 'x'.repeat(letters) })),
  );
}

async function appendAll(stream: string, list: Record<string, unknown>[]): Promise<void> {
  const last = (await Array.fromAsync(store.readStream(stream))).at(-1);
  const end = { stream, revision: last?.revision ?? -1, hash: last?.metadata.hash ?? GENESIS };
  const events = seal(list.map(unsealed), end);
  await store.append({ stream, expectedRevision: end.revision, events });
}

function unsealed(data: Record<string, unknown>): UnsealedEvent {
  const id = randomUUID();
  const ids = { eventId: id, commandId: id, commandDigest: id, correlationId: id, causationId: id };
  const actor = { subject: 'li', name: '李明', role: 'clerk' as const, unit: '克拉玛依市商务局' };
  return {
    type: 'FundsReceived',
    data,
    metadata: { ...ids, actor, schemaVersion: 1, recordedAt: '2024-05-13T08:00:00.000Z' },
  };
}

function positionsUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
