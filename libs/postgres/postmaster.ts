import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A running PostgreSQL, as its `postmaster.pid` tells. */
export interface Postmaster {
  pid: number;
  port: number;
  status: 'starting' | 'ready' | 'stopping';
}

const POLL_MS = 20;

/**
 * The PostgreSQL that runs on a data folder; undefined when none does. A `postmaster.pid` left by a machine or container
 * that died is removed when its process is gone or is by now another program: PostgreSQL itself would refuse to start.
 */
export async function runningPostmaster(dataFolder: string): Promise<Postmaster | undefined> {
  const file = join(dataFolder, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [pid, , , port, , , , status] = text.split('\n').map((line) => line.trim());
  if (!(await isPostmaster(Number(pid), dataFolder))) {
    await rm(file, { force: true });
    return undefined;
  }
  return { pid: Number(pid), port: Number(port), status: readStatus(status) };
}

function readStatus(text: string | undefined): Postmaster['status'] {
  return text === 'ready' || text === 'stopping' ? text : 'starting';
}

/** Whether the process lives and is a PostgreSQL on this folder; where the system does not tell, a living one counts. */
async function isPostmaster(pid: number, dataFolder: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (process.platform !== 'linux') return true;
  // Empty for a process that has ended and waits for its parent (containers without an init).
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0').includes(dataFolder);
}

/** Waits until the PostgreSQL of a data folder has left; a patient caller gets true, after `timeoutMs` false. */
export async function waitUntilStopped(dataFolder: string, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await runningPostmaster(dataFolder)) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

/**
 * Waits for the next change worth looking at.
 * @throws the signal's reason, when it has aborted
 */
export async function pause(signal: AbortSignal | undefined): Promise<void> {
  await delay(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
}

/**
 * Stops it as Ctrl-C does (connections are closed, data is written), and after 20 seconds at once (it recovers on the
 * next start). @returns whether it has stopped
 */
export async function stopPostmaster(dataFolder: string): Promise<boolean> {
  for (const [signal, timeoutMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
  ] as const) {
    const running = await runningPostmaster(dataFolder);
    if (!running) return true;
    sendSignal(running.pid, signal);
    if (await waitUntilStopped(dataFolder, timeoutMs)) return true;
  }
  return false;
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
