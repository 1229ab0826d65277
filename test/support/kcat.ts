import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CACHE = resolve(process.env.LUODI_CACHE ?? join(process.cwd(), '.cache'), 'kcat');

/** A record as kcat prints it (`-J`); whatever was aborted is among them. */
export interface KcatRecord {
  topic: string;
  partition: number;
  offset: number;
  key: string;
  payload: string | null;
}

/** Reads topics from their beginnings to their ends with kcat, a client that is not ours (C, librdkafka). */
export class Kcat {
  private constructor(
    private readonly program: string,
    private readonly libraries: string | undefined,
  ) {}

  /** The one on the PATH, else Debian's, unpacked into the cache. @throws Error that says what to do where there is neither */
  static async find(): Promise<Kcat> {
    const installed = (process.env.PATH ?? '').split(delimiter).find((folder) => existsSync(join(folder, 'kcat')));
    if (installed) return new Kcat(join(installed, 'kcat'), undefined);
    const folder = await fetchKcat().catch((error: Error & { stderr?: string }) => {
      const reason = error.stderr?.trim() || error.message;
      throw new Error(`there is no kcat, and Debian's could not be had (${reason}): install it (apt-get install kcat)`);
    });
    return new Kcat(join(folder, 'usr', 'bin', 'kcat'), librariesIn(folder));
  }

  async read(brokers: readonly string[], topic: string): Promise<KcatRecord[]> {
    const args = ['-C', '-b', brokers.join(), '-t', topic, '-o', 'beginning', '-e', '-q', '-J'];
    const env = { ...process.env, ...(this.libraries && { LD_LIBRARY_PATH: this.libraries }) };
    const { stdout } = await run(this.program, args, { env, maxBuffer: 1e9 });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as KcatRecord);
  }
}

/** Downloads kcat and whatever it needs that is not installed; needs neither root nor an installation. @returns the folder */
async function fetchKcat(): Promise<string> {
  const folder = join(CACHE, 'root');
  if (existsSync(folder)) return folder;
  const work = join(CACHE, `fetch-${process.pid}`);
  mkdirSync(join(work, 'root'), { recursive: true });
  try {
    for (const name of await missingPackages()) await run('apt-get', ['download', name], { cwd: work });
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
      await run('dpkg-deb', ['-x', file, 'root'], { cwd: work });
    }
    // Two processes may fetch at once; whoever comes second finds the work done.
    if (!existsSync(folder)) renameSync(join(work, 'root'), folder);
    return folder;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What an installation would install. A machine that has never asked for Debian's lists asks for them, if it may. */
async function missingPackages(): Promise<string[]> {
  const simulate = () => run('apt-get', ['-s', '--no-install-recommends', 'install', 'kcat']);
  const { stdout } = await simulate().catch(async () => {
    await run('apt-get', ['update']);
    return simulate();
  });
  return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name as string);
}

/** Debian keeps libraries in a folder named after the machine: `usr/lib/x86_64-linux-gnu`. */
function librariesIn(folder: string): string {
  const names = ['lib', join('usr', 'lib')].map((name) => join(folder, name)).filter((name) => existsSync(name));
  const own = names.flatMap((name) => readdirSync(name).map((machine) => join(name, machine)));
  return [...names, ...own].join(delimiter);
}
