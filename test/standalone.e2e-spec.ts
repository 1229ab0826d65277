import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runningPostmaster } from '../libs/postgres/postmaster';
import { build, freePort, ServerProcess } from './support/server-process';

const STANDALONE = 'dist/apps/standalone/main.js';

describe('everything in one process', () => {
  let home: string;
  let folder: string;
  let url: string;
  const started: ServerProcess[] = [];

  const run = async (mode: 'demo' | 'start', env: Record<string, string> = {}) => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const server = ServerProcess.start([STANDALONE, mode], { DATA_FOLDER: folder, PORT: String(port), ...env });
    started.push(server);
    return server;
  };
  const luodi = async (...args: string[]) => {
    const command = ServerProcess.start(['apps/cli/luodi.cjs', '--folder', folder, ...args], {});
    started.push(command);
    const { code } = await command.exited;
    return { code, output: command.output, json: () => JSON.parse(command.stdout) as unknown };
  };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}${path}`, { headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const postgres = () => runningPostmaster(join(folder, 'postgres'));

  beforeAll(build);

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'luodi-standalone-'));
    folder = join(home, 'data');
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.end('SIGTERM');
    expect(await postgres()).toBeUndefined();
    await rm(home, { recursive: true, force: true });
  });

  it('shows the conference in the demo, again the second time, and after being killed', async () => {
    const demo = await run('demo');
    await demo.until('the addresses', () => demo.output.includes(`${url}/docs`));
    expect(demo.output).toContain('129 rows 行: 129 created 新增, 0 changed 变更, 0 unchanged 不变, 0 refused 拒绝');
    expect(demo.output).toMatch(/Investment agreements\s+│\s+63 │\s+63 │\s+51,800,000,000\.00 /);
    expect(demo.output).toMatch(/Intents and frameworks\s+│\s+66 │\s+66 │\s+≥ 120,000,000,000\.00 /);
    const first = await get('/api/v1/conferences/karamay-2024');
    expect(first).toMatchObject({
      status: 200,
      body: {
        pairs: 266,
        agreements: {
          all: { firms: 129 },
          investment: { firms: 63, amount: { value: '51800000000.00', currency: 'CNY', bound: 'exact' } },
          intentAndFramework: { firms: 66, amount: { value: '120000000000.00', currency: 'CNY', bound: 'at-least' } },
        },
      },
    });
    expect(await demo.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(await postgres()).toBeUndefined();

    const second = await run('demo');
    await second.until('the addresses', () => second.output.includes(`${url}/docs`));
    expect(second.output).toContain('129 rows 行: 0 created 新增, 0 changed 变更, 129 unchanged 不变, 0 refused 拒绝');
    expect(await get('/api/v1/conferences/karamay-2024')).toEqual(first);
    await second.end('SIGKILL');
    expect(await postgres()).toBeDefined();

    const third = await run('demo');
    await third.until('the addresses', () => third.output.includes(`${url}/docs`));
    expect(await get('/api/v1/conferences/karamay-2024')).toEqual(first);
    expect(await third.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  it('starts empty, and lets in who has a token', async () => {
    const server = await run('start');
    await server.ready(url);
    expect(await get('/api/v1/projects')).toMatchObject({ status: 401 });
    const { json } = await luodi(
      ...['--json', 'token', 'create', '--subject', 'a', '--name', '甲', '--unit', '发改委', '--role', 'supervisor'],
    );
    const { id, token } = json() as { id: string; token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect(await get('/api/v1/projects', headers)).toMatchObject({ status: 200, body: { total: 0 } });
    expect(await luodi('token', 'revoke', id)).toMatchObject({ code: 0 });
    expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
    // Also while nothing runs.
    expect((await luodi('token', 'list')).output).toContain('甲');
  });

  it.each([0, 1, 2, 3, 4, 5])('stops without a trace when it is interrupted while it starts (%i)', async (step) => {
    const server = await run('demo');
    const moments: (() => boolean | Promise<boolean>)[] = [
      () => server.output.includes('Starting PostgreSQL'),
      async () => (await postgres()) !== undefined,
      async () => (await postgres())?.status === 'ready',
      () => fetch(`${url}/health/live`).then(Boolean, () => false),
      () => server.output.includes('karamay-2024.xlsx'),
      () => server.output.includes('follow-up.xlsx'),
    ];
    await server.until(`moment ${step}`, moments[step] ?? (() => true));
    expect(await server.end('SIGINT')).toEqual({ code: 0, signal: null });
    expect(await postgres()).toBeUndefined();
  });

  it('says what to do about a port in use and a wrong setting', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const blocked = await run('start', { PORT: String(port) });
    expect(await blocked.exited).toEqual({ code: 1, signal: null });
    expect(blocked.output).toContain(`port ${port} of 127.0.0.1 is in use by another program: stop it, or set PORT`);
    squatter.close();
    const wrong = await run('start', { AUTH: 'nobody' });
    expect(await wrong.exited).toEqual({ code: 1, signal: null });
    expect(wrong.output).toContain('AUTH must be one of token, local');
  });

  it('leaves a folder alone that another instance uses', async () => {
    const server = await run('start');
    await server.ready(url);
    const other = await run('start');
    expect(await other.exited).toEqual({ code: 1, signal: null });
    expect(other.output).toContain('is in use by another Luodi (npm start');
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });
});
