import { createServer, Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createDatabase } from '../../test/support/database';
import { createPool, Pool } from '../../libs/postgres/pool';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createToken } from '../../libs/runtime/identity/tokens';
import { listDeadLetters, retryDeadLetters } from './dead-letters';
import { takeOver } from './inbox';
import { NotifierModule } from './notifier.module';
import { DeadLetterMessage, publishDeadLetters } from './publish-dead-letters';
import { loadNotifierSettings } from './settings';
import { createSubscription, deleteSubscription, Filter } from './subscriptions';

const TOPIC = 'luodi.project-events.v1';
const ALL: Filter = { programmes: [], prefectures: [], eventTypes: [] };
const WANTED = { name: 'platform', url: 'https://hooks.invalid/luodi' };
/** Refused before any name is looked up: where DNS does not answer, lookups would wait in line for those before them. */
const SILENT = { ...ALL, name: 'silent', url: 'https://127.0.0.1/' };

describe('the notifier without Kafka', () => {
  let database: { url: string; drop: () => Promise<void> };
  let pool: Pool;
  let running: RunningServer;
  let tokens: Record<'administrator' | 'supervisor', string>;
  /** Loopback is private: nothing is let in. */
  let hook: Server;
  let offset = 0;

  beforeAll(async () => {
    database = await createDatabase();
    pool = createPool(database.url, { max: 2 });
    const configuration = loadConfiguration({ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' });
    const settings = loadNotifierSettings({ NOTIFIER_ALLOW_HTTP: 'true' });
    running = await startHttp(NotifierModule.with(settings), { configuration, signals: false });
    const token = async (role: 'administrator' | 'supervisor') =>
      (await createToken(pool, { subject: role, name: role, unit: 'office', role, prefectures: [] })).token;
    tokens = { administrator: await token('administrator'), supervisor: await token('supervisor') };
    hook = createServer((_, response) => response.writeHead(204).end()).listen(0, '127.0.0.1');
    await once(hook, 'listening');
  });

  afterAll(async () => {
    await running?.close();
    hook?.close();
    await pool?.end();
    await database?.drop();
  });

  afterEach(() => pool.query('TRUNCATE notifier.subscriptions, notifier.dead_letters CASCADE'));

  function ask(method: string, path = '', body?: object, token: string | undefined = tokens.administrator) {
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    if (body) headers['content-type'] = 'application/json';
    return fetch(`${running.url}/api/v1/subscriptions${path}`, { method, headers, body: body && JSON.stringify(body) });
  }

  function message(change: {
    id: string;
    revision?: number;
    type?: string;
    programme?: string;
    prefecture?: string;
    time?: string;
  }) {
    const {
      id,
      revision = 1,
      type = 'luodi.project-landed.v1',
      programme = 'p',
      prefecture = '650200',
      time = '2100-01-01T00:00:00Z',
    } = change;
    const data = { project: { programme, prefecture } };
    const event = { specversion: '1.0', id, type, subject: 'project', sequence: `${revision}`, time, data };
    offset += 1;
    return {
      topic: TOPIC,
      partition: 0,
      offset: String(offset),
      key: Buffer.from('project'),
      value: Buffer.from(JSON.stringify(event)),
    };
  }

  async function deliveriesOf(subscription: string): Promise<string[]> {
    const { rows } = await pool.query<{ event_id: string }>(
      'SELECT event_id FROM notifier.deliveries WHERE subscription = $1 ORDER BY event_id',
      [subscription],
    );
    return rows.map((row) => row.event_id);
  }

  describe('subscriptions over HTTP', () => {
    it('are made, shown without their secret, and ended', async () => {
      const made = await ask('POST', '', { ...WANTED, prefectures: ['650200'] });
      expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
      const { secret, ...shown } = (await made.json()) as { id: string; secret: string };
      expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      expect(made.headers.get('location')).toBe(`/api/v1/subscriptions/${shown.id}`);
      expect(shown).toMatchObject({ ...WANTED, prefectures: ['650200'], eventTypes: [], createdBy: 'administrator' });
      expect(await (await ask('GET')).json()).toEqual({ items: [shown], total: 1 });
      expect(await (await ask('GET', `/${shown.id}`)).json()).toEqual(shown);
      const statuses = [];
      for (const method of ['DELETE', 'DELETE', 'GET']) statuses.push((await ask(method, `/${shown.id}`)).status);
      expect(statuses).toEqual([204, 404, 404]);
    });

    it.each([
      ['a private address', { url: 'https://10.0.0.1/' }, 422, 'url'],
      ['no URL', { url: 'hooks' }, 422, 'url'],
      ['an unknown type', { eventTypes: ['luodi.project-landed.v9'] }, 422, 'eventTypes[0]'],
      ['no name', { name: '' }, 400, 'name'],
      ['codes that are none', { prefectures: [650200] }, 400, 'prefectures'],
      ['an unknown property', { secret: 'mine' }, 400, 'secret'],
    ])('are refused with %s', async (_, change, status, field) => {
      const refused = await ask('POST', '', { ...WANTED, ...change });
      const { errors } = (await refused.json()) as { errors: { field: string }[] };
      expect([refused.status, errors.map((error) => error.field)]).toEqual([status, [field]]);
    });

    it('are for administrators', async () => {
      expect((await ask('GET', '', undefined, tokens.supervisor)).status).toBe(403);
      expect((await ask('POST', '', WANTED, tokens.supervisor)).status).toBe(403);
      expect((await ask('GET', '', undefined, '')).status).toBe(401);
    });
  });

  describe('what is taken over', () => {
    it('is what a subscription asks for, once', async () => {
      const one = await createSubscription(pool, SILENT, 'test');
      const two = await createSubscription(
        pool,
        { ...SILENT, programmes: ['p'], prefectures: ['1', '2'], eventTypes: ['a', 'b'] },
        'test',
      );
      const messages = [
        message({ id: '1', prefecture: '1', type: 'a' }),
        message({ id: '2', prefecture: '2', type: 'b' }),
        message({ id: '3', prefecture: '3', type: 'a' }),
        message({ id: '4', prefecture: '1', type: 'c' }),
        message({ id: '5', prefecture: '1', type: 'a', programme: 'q' }),
        message({ id: '0', prefecture: '1', type: 'a', time: '2020-01-01T00:00:00Z' }),
      ];
      await takeOver(pool, [...messages, ...messages.slice(0, 1)]);
      await takeOver(pool, messages);
      expect(await deliveriesOf(one.id)).toEqual(['1', '2', '3', '4', '5']);
      expect(await deliveriesOf(two.id)).toEqual(['1', '2']);
    });

    it('is also what was recorded after the subscription by a clock that is behind, but by minutes', async () => {
      const { id, createdAt } = await createSubscription(pool, SILENT, 'test');
      const before = (minutes: number) => new Date(Date.parse(createdAt) - minutes * 60_000).toISOString();
      const times = { '12': createdAt, '13': before(4.9), '14': before(5.1) };
      await takeOver(
        pool,
        Object.entries(times).map(([event, time]) => message({ id: event, time })),
      );
      expect(await deliveriesOf(id)).toEqual(['12', '13']);
    });

    it('puts aside what cannot be read, and goes on', async () => {
      const { id } = await createSubscription(pool, SILENT, 'test');
      const broken = { ...message({ id: '6' }), value: Buffer.from('{') };
      const batch = [broken, message({ id: '7' })];
      expect(await takeOver(pool, batch)).toEqual({ unreadable: 1 });
      await takeOver(pool, batch);
      expect(await deliveriesOf(id)).toEqual(['7']);
      expect(await listDeadLetters(pool)).toMatchObject([
        { eventId: null, place: `${TOPIC}/0@${broken.offset}`, reason: 'is no JSON' },
      ]);
      expect(await retryDeadLetters(pool)).toEqual({ retried: 0, unreadable: 1 });
      await pool.query('UPDATE notifier.dead_letters SET message_value = $1', [message({ id: '8' }).value]);
      expect(await retryDeadLetters(pool)).toEqual({ retried: 1, unreadable: 0 });
      expect(await deliveriesOf(id)).toEqual(['7', '8']);
    });

    it('never calls a private address, whatever its name says', async () => {
      const { port } = hook.address() as AddressInfo;
      let calls = 0;
      hook.on('request', () => (calls += 1));
      await createSubscription(pool, { name: 'rebound', url: `http://localhost:${port}/`, ...ALL }, 'test');
      await takeOver(pool, [message({ id: '9' })]);
      let error: string | null = null;
      while (error === null) {
        const { rows } = await pool.query<{ last_error: string | null }>('SELECT last_error FROM notifier.deliveries');
        error = rows[0]?.last_error ?? null;
      }
      expect(error).toContain('localhost leads to the private address');
      expect(calls).toBe(0);
    });
  });

  it('lets the later events of a project wait as long as the one that is to be tried again', async () => {
    await createSubscription(pool, SILENT, 'test');
    await takeOver(
      pool,
      ['20', '21', '22'].map((event, revision) => message({ id: event, revision })),
    );
    let waiting: { due_at: Date; last_error: string | null }[] = [];
    while (!waiting.some(({ last_error: error }) => error !== null)) {
      const { rows } = await pool.query<(typeof waiting)[number]>(
        'SELECT due_at, last_error FROM notifier.deliveries ORDER BY revision',
      );
      waiting = rows;
    }
    expect(waiting.map(({ last_error: error }) => error !== null)).toEqual([true, false, false]);
    expect(new Set(waiting.map(({ due_at: due }) => due.getTime())).size).toBe(1);
  });

  it('tells each dead letter to the topic until it has been told', async () => {
    await takeOver(pool, [{ ...message({ id: '10' }), value: Buffer.from('?') }]);
    const isTooLarge = () => false;
    const failing = { send: () => Promise.reject(new Error('no broker')), isTooLarge };
    await expect(publishDeadLetters(pool, failing)).rejects.toThrow('no broker');
    const sent: unknown[] = [];
    const send = async (messages: readonly DeadLetterMessage[]) => void sent.push(...messages);
    expect(await publishDeadLetters(pool, { send, isTooLarge })).toBe(false);
    expect(await publishDeadLetters(pool, { send, isTooLarge })).toBe(false);
    expect(sent).toEqual([
      {
        key: Buffer.from('project'),
        value: Buffer.from('?'),
        headers: expect.objectContaining({ 'dead-letter-reason': 'is no JSON' }),
      },
    ]);
  });

  it('tells so many letters at once as a batch holds, the oldest first, and a larger one alone', async () => {
    const megabytes = [3, 3, 3, 1, 9, 1];
    const broken = megabytes.map((size) => ({ ...message({ id: 'x' }), value: Buffer.alloc(size * 1024 * 1024, '?') }));
    for (const each of broken) await takeOver(pool, [each]);
    const sent: number[][] = [];
    const sender = {
      send: async (messages: readonly DeadLetterMessage[]) =>
        void sent.push(messages.map(({ value }) => Buffer.byteLength(value!) / 1024 / 1024)),
      isTooLarge: () => false,
    };
    while (await publishDeadLetters(pool, sender));
    expect(sent).toEqual([[3, 3], [3, 1], [9], [1]]);
  });

  it('forgets what was to be delivered when a subscription ends', async () => {
    const { id } = await createSubscription(pool, SILENT, 'test');
    await takeOver(pool, [message({ id: '11' })]);
    expect(await deleteSubscription(pool, id)).toBe(true);
    expect(await deliveriesOf(id)).toEqual([]);
  });
});
