import { Controller, Get, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { setImmediate } from 'node:timers/promises';
import { createDatabase } from '../../test/support/database';
import { createPool } from '../postgres/pool';
import { loadConfiguration } from './configuration';
import { RunningServer, startHttp } from './http-server';
import { LOG } from './logging';
import { createToken } from './identity/tokens';

@Controller()
class BrokenController {
  @Get('broken')
  break() {
    throw new Error('the secret is hunter2');
  }

  @Get('slow')
  async wait() {
    arrived.resolve();
    await ended.promise;
    throw new Error('Cannot use a pool after calling end on the pool');
  }
}

const READABLE = {
  KAFKA_BROKERS: 'kafka-1:9092',
  KAFKA_SASL_MECHANISM: 'PLAIN',
  KAFKA_SASL_USERNAME: 'luodi',
  KAFKA_SASL_PASSWORD: 'hunter2',
};

/** When a request has come to `slow`, and when what it waits for is taken away. */
let arrived = Promise.withResolvers<void>();
let ended = Promise.withResolvers<void>();

@Module({ controllers: [BrokenController] })
class BrokenModule {}

describe('the log', () => {
  let database: { url: string; drop: () => Promise<void> };
  let server: RunningServer;
  let headers: Record<string, string>;
  const lines: Record<string, unknown>[] = [];
  const started: Record<string, unknown>[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    const logStream = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    const configuration = loadConfiguration({ ...READABLE, DATABASE_URL: database.url, PORT: '0' });
    server = await startHttp(BrokenModule, { configuration, logStream, signals: false });
    const pool = createPool(database.url, { max: 1 });
    const wanted = { subject: 's', name: 'n', unit: 'u', role: 'service', prefectures: [] } as const;
    started.push(...lines);
    headers = { authorization: `Bearer ${(await createToken(pool, wanted)).token}`, 'x-correlation-id': 'c-1' };
    await pool.end();
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  beforeEach(() => lines.splice(0));

  it('begins with what is doubtful about the configuration', () => {
    expect(started).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringMatching(/^KAFKA_SASL_/) as string }),
    );
    expect(JSON.stringify(started)).not.toContain('hunter2');
  });

  it('has an error of ours once, under the id of the answer, with its stack', async () => {
    const response = await fetch(`${server.url}/broken`, { headers });
    expect(await response.json()).toMatchObject({ id: 'c-1' });
    const [error, request] = await logged(2);
    expect(error).toMatchObject({ level: 50, id: 'c-1', url: '/broken' });
    expect(JSON.stringify(error?.err)).toMatch(/the secret is hunter2[^]*logging\.int-spec/);
    expect(request).toMatchObject({ level: 30, id: 'c-1', method: 'GET', url: '/broken', status: 500 });
    expect(JSON.stringify(lines)).not.toContain('luodi_');
  });

  it('has a request of the caller as one plain line, and health checks not at all', async () => {
    await fetch(`${server.url}/health/live`);
    await fetch(`${server.url}/nowhere`, { headers });
    const [line] = await logged(1);
    expect(line).toMatchObject({ level: 30, url: '/nowhere', status: 404 });
    expect(line).not.toHaveProperty('err');
  });

  it('has no error of ours where nobody waits for the answer any more', async () => {
    arrived = Promise.withResolvers();
    ended = Promise.withResolvers();
    const gone = new Promise((resolve) =>
      server.app.getHttpServer().once('request', (_, to) => to.once('close', resolve)),
    );
    const caller = new AbortController();
    const answer = fetch(`${server.url}/slow`, { headers, signal: caller.signal });
    await arrived.promise;
    caller.abort();
    await expect(answer).rejects.toThrow('aborted');
    await gone;
    ended.resolve();
    const [line] = await logged(1);
    expect(line).toMatchObject({
      level: 40,
      id: 'c-1',
      url: '/slow',
      status: 499,
      err: { message: /after calling end/ },
    });
  });

  it('hides secrets that somebody hands over', () => {
    const headers = { authorization: 'Bearer luodi_x' };
    server.app.get<Logger>(LOG).info({ headers, request: { headers }, databaseUrl: 'postgres://a:b@c' }, 'oops');
    expect(JSON.stringify(lines)).not.toMatch(/luodi_x|postgres:/);
  });

  /** A request is logged when its answer is sent, which the caller may see earlier. */
  async function logged(count: number): Promise<Record<string, unknown>[]> {
    while (lines.length < count) await setImmediate();
    expect(lines).toHaveLength(count);
    return lines;
  }
});
