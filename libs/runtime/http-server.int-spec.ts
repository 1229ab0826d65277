import { Body, Controller, Get, Module, Param, Post, ServiceUnavailableException } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString } from 'class-validator';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createDatabase } from '../../test/support/database';
import { createPool, Pool } from '../postgres/pool';
import { Configuration, loadConfiguration } from './configuration';
import { CannotListen, RunningServer, startHttp } from './http-server';
import { CurrentCaller, Public, Roles } from './identity/access';
import type { Caller } from './identity/identity';
import { createToken, revokeToken } from './identity/tokens';

class Note {
  @IsString()
  @Transform(({ value }: { value: unknown }) => value)
  text!: string;
}

@Controller('notes')
class NotesController {
  @Post()
  write(@Body() note: Note, @CurrentCaller() caller: Caller) {
    return { text: note.text, by: caller.actor.subject };
  }

  @Get(':id')
  read(@Param('id') id: string) {
    return { id };
  }

  @Get('x/broken')
  break() {
    throw new Error('the secret is hunter2');
  }

  @Get('x/away')
  away() {
    throw new ServiceUnavailableException();
  }

  @Roles('administrator')
  @Get('x/restricted')
  restricted() {
    return 'in';
  }

  @Public()
  @Get('x/open')
  open() {
    return 'in';
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

let database: { url: string; drop: () => Promise<void> };
let configuration: Configuration;
let server: RunningServer;
let pool: Pool;
let token: string;

beforeAll(async () => {
  database = await createDatabase();
  configuration = loadConfiguration({ DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' });
  server = await startHttp(NotesModule, { configuration, signals: false });
  pool = createPool(database.url, { max: 1 });
  token = await tokenOf('service');
});

afterAll(async () => {
  await server.close();
  await pool.end();
  await database.drop();
});

async function tokenOf(role: 'service' | 'administrator'): Promise<string> {
  return (await createToken(pool, { subject: role, name: role, unit: 'test', role, prefectures: [] })).token;
}

function ask(
  path: string,
  init: RequestInit & { headers?: Record<string, string>; duplex?: 'half' } = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
  return fetch(server.url + path, { ...init, headers });
}

function post(body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): Promise<Response> {
  return ask('/notes', { method: 'POST', body, headers });
}

async function problemOf(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return (await response.json()) as Record<string, unknown>;
}

describe('who may come in', () => {
  it('says who is asking', async () => {
    const response = await post('{"text":"a"}');
    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ text: 'a', by: 'service' });
  });

  it.each([
    ['no token', {}, 'token-missing'],
    ['another scheme', { authorization: 'Basic abc' }, 'token-refused'],
    ['a token never made', { authorization: `Bearer luodi_0000000000000000_${'A'.repeat(43)}` }, 'token-refused'],
  ])('refuses %s', async (_, headers, code) => {
    const response = await fetch(`${server.url}/notes/1`, { headers: headers as Record<string, string> });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="luodi"/);
    expect(await problemOf(response)).toMatchObject({ code });
  });

  it('refuses a good id with a wrong secret', async () => {
    const forged = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
    expect((await ask('/notes/1', { headers: { authorization: `Bearer ${forged}` } })).status).toBe(401);
  });

  it('refuses a token that was revoked before it was ever seen', async () => {
    const made = await createToken(pool, { subject: 's', name: 'n', unit: 'u', role: 'service', prefectures: [] });
    expect(await revokeToken(pool, made.id)).toBe(true);
    expect((await ask('/notes/1', { headers: { authorization: `Bearer ${made.token}` } })).status).toBe(401);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>]>([
    ['no JSON', '{"text":', {}],
    ['broken UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}],
    ['an unknown property', '{"txet":"a"}', {}],
    ['another media type', 'text=a', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['fifty megabytes', new Uint8Array(50 * 1024 * 1024).fill(0x20), {}],
  ])('tells a stranger nothing of a body with %s', async (_, body, headers) => {
    const response = await post(body, { authorization: '', ...headers });
    expect(response.status).toBe(401);
    expect(await problemOf(response)).toMatchObject({ code: 'token-refused' });
  });

  it('answers a stranger before the body has come', async () => {
    const length = 50 * 1024 * 1024;
    const type = 'Content-Type: application/json';
    const head = `POST /notes HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: ${length}\r\n\r\n`;
    expect(await firstLine(head)).toBe('HTTP/1.1 401 Unauthorized');
    expect(await firstLine(head.replace(`Content-Length: ${length}`, 'Transfer-Encoding: chunked'))).toMatch(/ 401 /);
  });

  it('asks for the right role', async () => {
    const refused = await ask('/notes/x/restricted', { headers: { 'accept-language': 'zh-CN' } });
    expect(refused.status).toBe(403);
    expect(await problemOf(refused)).toMatchObject({ code: 'role', detail: expect.stringContaining('无权') });
    const authorization = `Bearer ${await tokenOf('administrator')}`;
    expect((await ask('/notes/x/restricted', { headers: { authorization } })).status).toBe(200);
  });

  it('leaves open what is public', async () => {
    for (const path of ['/notes/x/open', '/health/live', '/health/ready', '/metrics', '/openapi.json', '/docs']) {
      expect([path, (await fetch(server.url + path)).status]).toEqual([path, 200]);
    }
  });
});

describe('bad input', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, number, string]>([
    ['no JSON', '{"text":', 400, 'malformed-json'],
    ['an empty body', '', 400, 'malformed-json'],
    ['broken UTF-8', new Uint8Array([0x7b, 0x22, 0x74, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]), 400, 'broken-utf8'],
    ['a prototype', '{"text":"a","__proto__":{"admin":true}}', 400, 'malformed-json'],
    ['a constructor', '{"text":"a","constructor":{"prototype":{"admin":true}}}', 400, 'malformed-json'],
    ['deep nesting', `{"text":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, 400, 'malformed-json'],
    ['an array', '[{"text":"a"}]', 400, 'invalid-fields'],
    ['a string', '"text"', 400, 'invalid-fields'],
    ['null', 'null', 400, 'invalid-fields'],
    ['two megabytes', JSON.stringify({ text: 'x'.repeat(2_000_000) }), 413, 'body-too-large'],
  ])('refuses %s', async (_, body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ status, code, type: `urn:luodi:problem:${code}` });
  });

  it('names the unknown property and the wrong one', async () => {
    const response = await post('{"text":1,"txet":"a"}');
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({
      errors: expect.arrayContaining([
        { field: 'txet', code: 'unknown-property', detail: 'there is no such property' },
        { field: 'text', code: 'isString', detail: 'text must be a string' },
      ]),
    });
  });

  it('refuses another media type', async () => {
    const response = await post('text=a', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(response.status).toBe(415);
    expect(await problemOf(response)).toMatchObject({ code: 'media-type' });
  });

  it('knows no such route, and no such method', async () => {
    const nowhere = await ask('/nowhere');
    expect(nowhere.status).toBe(404);
    expect(await problemOf(nowhere)).toMatchObject({ code: 'not-found' });
    const method = await ask('/notes/1', { method: 'DELETE' });
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toContain('GET');
  });

  it('answers an address that cannot be decoded', async () => {
    const response = await ask('/notes/%E0%A4%A');
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({ code: 'malformed-address' });
  });

  it('answers what is no HTTP', async () => {
    expect(await raw('hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*malformed-http/);
  });

  it.each([
    ['an address', `GET /?q=${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    ['a header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('says of %s that is too long that it is', async (_, request) => {
    expect(await raw(request)).toMatch(/^HTTP\/1\.1 431 [^]*headers-too-large[^]*16 KiB/);
  });

  it.each(['with a length', 'in chunks'])(
    'refuses fifty megabytes %s, also to a client that sends them all first',
    async (how) => {
      const bytes = new Uint8Array(50 * 1024 * 1024).fill(0x20);
      const body = how === 'in chunks' ? ReadableStream.from([bytes]) : bytes;
      const response = await ask('/notes', { method: 'POST', body, duplex: 'half' });
      expect(response.status).toBe(413);
      expect(await problemOf(response)).toMatchObject({ code: 'body-too-large' });
      expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    },
  );

  it('shows nothing of an error of its own but an id', async () => {
    const response = await ask('/notes/x/broken', { headers: { 'x-correlation-id': 'my-own-id' } });
    expect(response.status).toBe(500);
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ code: 'unexpected', id: 'my-own-id' });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(response.headers.get('x-correlation-id')).toBe('my-own-id');
  });
});

/** Of the answer to a request whose rest never comes. */
async function firstLine(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().split('\r\n', 1)[0] ?? '';
}

function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (answer += part));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('startHttp', () => {
  it('says that a port is in use', async () => {
    const port = Number(new URL(server.url).port);
    const second = startHttp(NotesModule, { configuration: { ...configuration, port }, signals: false });
    await expect(second).rejects.toThrow(CannotListen);
    await expect(second).rejects.toThrow(
      `port ${port} of 127.0.0.1 is in use by another program: stop it, or set PORT`,
    );
  });

  it('says that an address is not its own', async () => {
    const second = startHttp(NotesModule, { configuration: { ...configuration, host: '192.0.2.1' }, signals: false });
    await expect(second).rejects.toThrow('192.0.2.1 is no address of this machine: set HOST');
  });

  it('does not wait, when it closes, for who has not asked anything yet', async () => {
    const closing = await startHttp(NotesModule, {
      configuration: { ...configuration, auth: 'local' },
      signals: false,
    });
    const connected = once(closing.app.getHttpServer(), 'connection');
    const socket = connect(Number(new URL(closing.url).port), '127.0.0.1').resume();
    const ended = once(socket, 'close');
    await connected;
    await closing.close();
    await ended;
  });

  it('counts requests by route', async () => {
    await ask('/notes/7');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(
      /luodi_http_request_duration_seconds_count\{method="GET",route="\/notes\/:id",status="200"\}/,
    );
    expect(metrics).toMatch(/process_resident_memory_bytes/);
  });
});

describe('AUTH=local', () => {
  it('takes the machine itself for the local operator, whatever a header says', async () => {
    const local = await startHttp(NotesModule, { configuration: { ...configuration, auth: 'local' }, signals: false });
    try {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' };
      const response = await fetch(`${local.url}/notes`, { method: 'POST', body: '{"text":"a"}', headers });
      expect(await response.json()).toEqual({ text: 'a', by: 'local' });
      const crossSite = await fetch(`${local.url}/notes/1`, { headers: { origin: 'https://evil.example' } });
      expect(crossSite.status).toBe(403);
    } finally {
      await local.close();
    }
  });
});
