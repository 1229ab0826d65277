import { ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { AddressInfo, createServer } from 'node:net';
import { createPool, Pool, PoolClient } from './pool';
import { explainFailure } from './postgres-failure';
import { isAlive, openPostgresFolder, POSTGRES_USER, PostgresFolder } from './postgres-folder';
import { EmbeddedPostgresError, launch, postgresBinaries } from './postgres-program';
import { pause, Postmaster, runningPostmaster, stopPostmaster } from './postmaster';

export { EmbeddedPostgresError } from './postgres-program';

/** A PostgreSQL of our own, running. */
export interface EmbeddedPostgres {
  /** `postgres://…` of its database; the password in it is the folder's. */
  url: string;
  /** Resolves with a reason when the server goes away before {@link stop}; never rejects. */
  lost: Promise<string>;
  /** Stops the server; a guest (`share`) only lets go of it. Once is enough, more does no harm. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Use the server of a running instance as a guest, where there is one, instead of refusing. */
  share?: boolean;
  /** Who we are: shown to others whom we keep from the folder. Default `luodi`. */
  purpose?: string;
  /** More settings of `postgresql.conf`, such as `{ fsync: 'off' }` for tests. */
  settings?: Record<string, string>;
  /** Let a Ctrl-C at the terminal stop the server too. Default false: the owner stops it, after all that uses it. */
  foreground?: boolean;
  /** Ends the start-up with the signal's reason; nothing is left running. */
  signal?: AbortSignal;
}

/** Advisory lock ("luodi" in ASCII) that an owner holds while it lives: whoever gets it has found an orphan. */
const LEASE = 0x6c756f6469;
const LEASE_PATIENCE_MS = 5_000;
const START_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on a folder of its own, which is made when missing, on a free port of the loopback address. A server
 * left behind by a killed process is taken over; the server of a living instance is not touched.
 * @throws EmbeddedPostgresError with a message that says what to do
 */
export async function startEmbeddedPostgres(
  path: string,
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const folder = await openPostgresFolder(path, options.signal);
  for (let failedStarts = 0; ;) {
    const running = await runningPostmaster(folder.data);
    // Not before it is known whose the server is: one that has just come up would be left running.
    const server = running && (await join(folder, running, options));
    await stopIfAborted(server, options.signal);
    if (server) return server;
    if (!running && !(await startServer(folder, options)) && (failedStarts += 1) === START_ATTEMPTS) {
      throw explainFailure(await readFile(folder.log, 'utf8'), folder.path, 'starting PostgreSQL');
    }
  }
}

/** @throws the signal's reason, when it has aborted */
async function stopIfAborted(server: EmbeddedPostgres | undefined, signal: AbortSignal | undefined): Promise<void> {
  if (!signal?.aborted) return;
  await server?.stop();
  throw signal.reason;
}

/** @returns false when its port was taken meanwhile, or another process started the same folder: look again. */
async function startServer(folder: PostgresFolder, options: EmbeddedPostgresOptions): Promise<boolean> {
  const log = await open(folder.log, 'w').catch((error: unknown) => {
    throw explainFailure(error, folder.path, 'writing the log of PostgreSQL');
  });
  try {
    const { postgres } = await postgresBinaries();
    const args = ['-D', folder.data, ...settingsOf({ ...options.settings, port: String(await freePort()) })];
    const program = await launch(postgres, args, folder.user, folder.path);
    // Its log is a file, not a pipe: it must outlive us, should we be killed.
    const child = spawn(program.file, program.args, {
      ...program.options,
      detached: !options.foreground,
      stdio: ['ignore', log.fd, log.fd],
    });
    child.unref();
    await untilReadyOrGone(folder, child, options.signal);
  } finally {
    await log.close();
  }
  if (await runningPostmaster(folder.data)) return true;
  const said = await readFile(folder.log, 'utf8');
  if (/Address already in use|lock file "postmaster.pid" already exists/.test(said)) return false;
  throw explainFailure(said, folder.path, 'starting PostgreSQL');
}

function settingsOf(settings: Record<string, string>): string[] {
  const all = { listen_addresses: '127.0.0.1', unix_socket_directories: '', timezone: 'UTC', ...settings };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function untilReadyOrGone(
  folder: PostgresFolder,
  child: ChildProcess,
  signal: AbortSignal | undefined,
): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  try {
    while (child.exitCode === null && child.signalCode === null && !failure) {
      if ((await runningPostmaster(folder.data))?.status === 'ready') return;
      await pause(signal);
    }
  } catch (error) {
    child.kill('SIGINT');
    await stopPostmaster(folder.data);
    throw error;
  }
  if (failure) throw explainFailure(failure, folder.path, 'starting PostgreSQL');
}

/** Waits for a server, or for its end. @returns undefined when it is not ready: look again */
async function join(
  folder: PostgresFolder,
  running: Postmaster,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres | undefined> {
  if (running.status === 'ready') return connect(folder, running, options);
  if (running.status === 'stopping') await stopPostmaster(folder.data);
  else await pause(options.signal);
  return undefined;
}

/** @returns undefined when the server is going away meanwhile */
async function connect(
  folder: PostgresFolder,
  running: Postmaster,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres | undefined> {
  const url = (database: string) =>
    `postgres://${POSTGRES_USER}:${folder.password}@127.0.0.1:${running.port}/${database}`;
  const purpose = `${options.purpose ?? 'luodi'}, process ${process.pid}`;
  const pool = createPool(url('postgres'), { max: 1, application_name: purpose, connectionTimeoutMillis: 10_000 });
  let client: PoolClient | undefined;
  try {
    client = await pool.connect();
    client.on('error', () => undefined);
    const holder = await takeLease(client, options.signal);
    if (holder === undefined) {
      await createDatabaseOnce(client);
      return own(folder, { url: url(POSTGRES_USER), pool, client });
    }
    if (!options.share) throw inUse(folder, holder);
  } catch (error) {
    // The end of a pool waits for those who have a connection of it.
    client?.release(true);
    await endQuietly(pool);
    if (isPassing(error)) return undefined;
    if (errorCode(error) !== '28P01') throw error;
    const message = `${folder.path}/password is not the password of the PostgreSQL in this folder: put the right one back`;
    throw new EmbeddedPostgresError('damaged', message, { cause: error });
  }
  client.release();
  await pool.end();
  return { url: url(POSTGRES_USER), lost: new Promise(() => undefined), stop: async () => undefined };
}

/** @returns undefined when the lease is ours, else who holds it */
async function takeLease(client: PoolClient, signal: AbortSignal | undefined): Promise<string | undefined> {
  const deadline = Date.now() + LEASE_PATIENCE_MS;
  for (;;) {
    const taken = await client.query<{ ours: boolean }>('SELECT pg_try_advisory_lock($1) AS ours', [LEASE]);
    if (taken.rows[0]?.ours) return undefined;
    const holders = await client.query<{ holder: string }>(
      `SELECT application_name AS holder FROM pg_stat_activity JOIN pg_locks USING (pid)
       WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = $1`,
      [LEASE],
    );
    const holder = holders.rows[0]?.holder;
    // A killed owner's session takes a moment to end.
    const living = holder !== undefined && isAlive(Number(/process (\d+)$/.exec(holder)?.[1]));
    if (living || Date.now() > deadline) return holder ?? 'another session';
    await pause(signal);
  }
}

function inUse(folder: PostgresFolder, holder: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'in-use',
    `${folder.path} is in use by another Luodi (${holder}): stop that one, or choose another folder (DATA_FOLDER=…)`,
  );
}

async function createDatabaseOnce(client: PoolClient): Promise<void> {
  const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [POSTGRES_USER]);
  if (found.rowCount === 0) await client.query(`CREATE DATABASE ${POSTGRES_USER}`);
}

function own(folder: PostgresFolder, session: { url: string; pool: Pool; client: PoolClient }): EmbeddedPostgres {
  let stopping: Promise<void> | undefined;
  const lost = new Promise<string>((resolve) => {
    session.client.on('end', () => {
      if (!stopping) resolve(`the embedded PostgreSQL has gone away; its log is ${folder.log}`);
    });
  });
  // The lease is held to the end, so that nobody takes over a server that is being stopped.
  const stop = async () => {
    const stopped = await stopPostmaster(folder.data);
    session.client.release(true);
    await endQuietly(session.pool);
    if (!stopped)
      throw new EmbeddedPostgresError('failed', `PostgreSQL on ${folder.data} did not stop: see ${folder.log}`);
  };
  return { url: session.url, lost, stop: () => (stopping ??= stop()) };
}

async function endQuietly(pool: Pool): Promise<void> {
  if (!pool.ended) await pool.end();
}

/** The server is starting, stopping or gone: not an error but a moment. */
function isPassing(error: unknown): boolean {
  return ['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET'].includes(errorCode(error) ?? '');
}

function errorCode(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
