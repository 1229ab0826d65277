import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgres, EmbeddedPostgresOptions, startEmbeddedPostgres } from './embedded-postgres';
import { createPool } from './pool';
import { launch } from './postgres-program';
import { runningPostmaster, stopPostmaster } from './postmaster';

const FAST = { settings: { fsync: 'off' } };

describe('the embedded PostgreSQL', () => {
  let folder: string;
  const started: EmbeddedPostgres[] = [];

  const start = async (options: EmbeddedPostgresOptions = {}) => {
    const server = await startEmbeddedPostgres(folder, { ...FAST, ...options });
    started.push(server);
    return server;
  };
  const run = async (url: string, sql: string) => {
    const pool = createPool(url, { max: 1 });
    try {
      return (await pool.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await pool.end();
    }
  };

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'luodi-embedded-')), 'data');
  });

  afterEach(async () => {
    for (const server of started.splice(0)) await server.stop();
    await stopPostmaster(join(folder, 'postgres'));
    await rm(join(folder, '..'), { recursive: true, force: true });
  });

  it('starts on an empty folder below a closed one, keeps its data, and leaves nothing running', async () => {
    const first = await start();
    expect(await run(first.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    await run(first.url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await first.stop();
    expect(await runningPostmaster(join(folder, 'postgres'))).toBeUndefined();

    const second = await start();
    expect(await run(second.url, 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(second.url).toContain(await readFile(join(folder, 'password'), 'utf8'));
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a folder that a living instance uses, and lets a guest in', async () => {
    const owner = await start({ purpose: 'the owner' });
    await expect(start()).rejects.toMatchObject({ code: 'in-use', message: expect.stringContaining('the owner') });
    const guest = await start({ share: true });
    expect(guest.url).toBe(owner.url);
    await guest.stop();
    expect(await run(owner.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('takes over a server whose owner was killed', async () => {
    const orphan = await start();
    const before = await runningPostmaster(join(folder, 'postgres'));
    // What a killed owner leaves: the server runs, the owner's session is gone.
    await run(orphan.url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`);
    const server = await start();
    expect(server.url).toBe(orphan.url);
    expect((await runningPostmaster(join(folder, 'postgres')))?.pid).toBe(before?.pid);
    await server.stop();
    expect(await runningPostmaster(join(folder, 'postgres'))).toBeUndefined();
  });

  it('ends with the reason of who interrupts it while it waits for the session of a killed owner to end', async () => {
    const orphan = await start();
    await run(orphan.url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'`);
    const database = Object.assign(new URL(orphan.url), { pathname: '/postgres' });
    const dead = createPool(database.href, { max: 1, application_name: 'luodi, process 999999999' });
    try {
      await dead.query(`SELECT pg_advisory_lock(${0x6c756f6469})`);
      await expect(start({ signal: AbortSignal.abort(new Error('Ctrl-C')) })).rejects.toThrow('Ctrl-C');
    } finally {
      await dead.end();
    }
  });

  it('starts over a postmaster.pid that a dead machine left, also when its number is in use again', async () => {
    await (await start()).stop();
    const stranger = spawn('sleep', ['60']);
    try {
      const lines = [stranger.pid, join(folder, 'postgres'), 1, 5432, '', '127.0.0.1', '1 1', 'ready   ', ''];
      await writeFile(join(folder, 'postgres', 'postmaster.pid'), lines.join('\n'));
      expect(await run((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    } finally {
      stranger.kill();
    }
  });

  it('says what to do about data of another PostgreSQL', async () => {
    await (await start()).stop();
    await writeFile(join(folder, 'postgres', 'PG_VERSION'), '17\n');
    await expect(start()).rejects.toMatchObject({ code: 'version', message: expect.stringContaining('PostgreSQL 17') });
  });

  it('says what to do about a place that is no folder, a lost password and a wrong one', async () => {
    await writeFile(folder, '');
    await expect(start()).rejects.toMatchObject({ code: 'not-writable' });
    await rm(folder);
    await (await start()).stop();
    await writeFile(join(folder, 'password'), 'wrong');
    await expect(start()).rejects.toMatchObject({ code: 'damaged' });
    await rm(join(folder, 'password'));
    await expect(start()).rejects.toMatchObject({ code: 'damaged' });
  });

  it('says what a server that does not start said', async () => {
    await expect(start({ settings: { shared_buffers: 'much' } })).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('shared_buffers'),
    });
  });

  it.each([50, 300, 600, 900])('leaves nothing running when it is interrupted after %i ms', async (ms) => {
    const signal = AbortSignal.timeout(ms);
    // A fast machine has started it by then.
    const outcome = await start({ signal }).catch((error: unknown) => error);
    if (signal.aborted) expect(outcome).toBe(signal.reason);
    else await (outcome as EmbeddedPostgres).stop();
    expect(await runningPostmaster(join(folder, 'postgres'))).toBeUndefined();
    expect(await run((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves nothing running when it is interrupted just as the server has come up', async () => {
    const aborting = new AbortController();
    const starting = start({ signal: aborting.signal }).catch((error: unknown) => error);
    const data = join(folder, 'postgres');
    while ((await runningPostmaster(data))?.status !== 'ready');
    aborting.abort();
    const outcome = await starting;
    if (outcome !== aborting.signal.reason) await (outcome as EmbeddedPostgres).stop();
    expect(await runningPostmaster(data)).toBeUndefined();
  });

  it('starts once when two start at once', async () => {
    const both = await Promise.allSettled([start(), start()]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('tells its owner when it goes away', async () => {
    const server = await start();
    await stopPostmaster(join(folder, 'postgres'));
    expect(await server.lost).toContain('postgres.log');
  });

  (process.getuid?.() === 0 ? it : it.skip)('lets programs of another user pass a folder closed to it', async () => {
    const closed = join(folder, '..');
    await chmod(closed, 0o700);
    const script = join(closed, 'script.cjs');
    await writeFile(script, `require('node:fs').accessSync(__filename); process.exitCode = process.getuid()`);
    const nobody = { uid: 123, gid: 123 };
    const { file, args, options } = await launch(process.execPath, [script], nobody, closed);
    const program = spawn(file, args, { ...options, stdio: 'inherit' });
    expect(await once(program, 'exit')).toEqual([123, null]);
  });

  const mountable = process.getuid?.() === 0 && process.platform === 'linux';
  (mountable ? it : it.skip)('says that the disk is full', async () => {
    const run = promisify(execFile);
    const disk = join(folder, '..');
    const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0755', 'tmpfs', disk]).then(
      () => true,
      () => false,
    );
    if (!mounted) return;
    try {
      await expect(start()).rejects.toMatchObject({ code: 'disk-full' });
    } finally {
      // What initdb had started may still be ending in there.
      await run('umount', ['--lazy', disk]);
    }
  });
});
