import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, link, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFailure } from './postgres-failure';
import { EmbeddedPostgresError, launch, postgresBinaries, postgresUser, RunAs } from './postgres-program';

/** A folder with an initialised PostgreSQL: `postgres/` its data, `password` (0600), `postgres.log`. */
export interface PostgresFolder {
  /** Real path, without symbolic links. */
  path: string;
  data: string;
  log: string;
  password: string;
  user: RunAs | undefined;
}

/** Superuser of the embedded server, and the name of its database. */
export const POSTGRES_USER = 'luodi';

/** Major version of the binaries in package.json; a data folder belongs to one major version. */
const MAJOR = '18';

/**
 * Opens a folder, and makes what is missing: the folder, a random password, an empty database. Two processes may do so at
 * once; a process killed half-way leaves nothing that counts. @throws EmbeddedPostgresError
 */
export async function openPostgresFolder(folder: string, signal?: AbortSignal): Promise<PostgresFolder> {
  try {
    // Root's PostgreSQL is another user, who must be able to pass.
    await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o755 : 0o700 });
    const path = await realpath(folder);
    const data = join(path, 'postgres');
    const version = await contentOf(join(data, 'PG_VERSION'));
    if (version !== undefined && version !== MAJOR) throw otherVersion(data, version);
    const user = await postgresUser(data);
    const password = await passwordOf(path, version !== undefined);
    const opened = { path, data, log: join(path, 'postgres.log'), password, user };
    if (version === undefined) await initialise(opened, signal);
    return opened;
  } catch (error) {
    signal?.throwIfAborted();
    throw explainFailure(error, folder, 'making a PostgreSQL data folder');
  }
}

function otherVersion(data: string, version: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'version',
    `${data} was made by PostgreSQL ${version}, and this Luodi brings PostgreSQL ${MAJOR}: move the data with pg_dump ` +
      `and pg_restore, run the Luodi that made it, or choose another folder (DATA_FOLDER=…)`,
  );
}

async function passwordOf(folder: string, mustExist: boolean): Promise<string> {
  const file = join(folder, 'password');
  const known = await contentOf(file);
  if (known) return known;
  if (mustExist) {
    throw new EmbeddedPostgresError(
      'damaged',
      `${file} is missing: put it back, or choose another folder (DATA_FOLDER=…)`,
    );
  }
  const draft = `${file}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600 });
  // A link appears whole and never replaces another: of two processes at once, both read the same password.
  await link(draft, file).catch(unless('EEXIST'));
  await rm(draft);
  return (await contentOf(file)) ?? '';
}

/** Makes the data beside its place and moves it there when complete. */
async function initialise(folder: PostgresFolder, signal: AbortSignal | undefined): Promise<void> {
  await removeAbandoned(folder.path);
  const draft = `${folder.data}.new-${process.pid}-${randomBytes(4).toString('hex')}`;
  const passwordFile = `${draft}.password`;
  try {
    await mkdir(draft, { mode: 0o700 });
    await writeFile(passwordFile, folder.password, { mode: 0o600 });
    if (folder.user) {
      for (const path of [draft, passwordFile]) await chown(path, folder.user.uid, folder.user.gid);
    }
    await initdb(folder, draft, passwordFile, signal);
    await rename(draft, folder.data).catch(unless('ENOTEMPTY', 'EEXIST'));
  } finally {
    // An interrupted initdb may leave a process that is still writing.
    await rm(draft, { recursive: true, force: true, maxRetries: 20 });
    await rm(passwordFile, { force: true });
  }
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid] = /\.new-(\d+)/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether a process of this number lives (it may be another one by now). */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function initdb(
  folder: PostgresFolder,
  data: string,
  passwordFile: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { initdb: file } = await postgresBinaries();
  const args = ['-D', data, `--username=${POSTGRES_USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  args.push('--encoding=UTF8', '--locale=C', '--no-instructions');
  const program = await launch(file, args, folder.user, folder.path);
  const output: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program.file, program.args, { ...program.options, stdio: ['ignore', 'pipe', 'pipe'], signal });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => output.push(text));
    }
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('close', (code) => (code === 0 ? resolve() : reject(failure ?? new Error(output.join('')))));
  });
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    return unless('ENOENT')(error);
  }
}

/** For `catch`: lets errors with these codes pass as undefined. */
function unless(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (!codes.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return undefined;
  };
}
