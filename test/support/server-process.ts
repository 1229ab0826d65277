import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export { freePort } from './free-port';

const POLL_MS = 10;

/** A program of dist as a child process, with everything it has written. */
export class ServerProcess {
  /** Both streams, as they came. */
  output = '';
  stdout = '';
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    child.stdout?.on('data', (text: string) => (this.stdout += text));
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }) as never);
  }

  static start(args: readonly string[], env: Record<string, string>, cwd = process.cwd()): ServerProcess {
    const { NODE_OPTIONS: _jestOnly, ...inherited } = process.env;
    const stdio: ('ignore' | 'pipe')[] = ['ignore', 'pipe', 'pipe'];
    // Compiled code is kept between starts: a process that is started fifty times should not take fifty times as long.
    const cache = { NODE_COMPILE_CACHE: 'node_modules/.cache/compile' };
    return new ServerProcess(spawn(process.execPath, args, { cwd, env: { ...inherited, ...cache, ...env }, stdio }));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process has not started');
    return this.child.pid;
  }

  /** Waits until a condition holds. @throws Error with the output when the process ends before */
  async until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the process ended while waiting for ${what}:\n${this.output}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Waits until it answers that it is ready. */
  ready(url: string): Promise<void> {
    return this.until('readiness', () =>
      fetch(`${url}/health/ready`).then(
        async (response) => {
          await response.body?.cancel();
          return response.ok;
        },
        () => false,
      ),
    );
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** Builds dist where a source is newer. */
export async function build(): Promise<void> {
  const building = ServerProcess.start(['apps/standalone/build.cjs'], {});
  const { code } = await building.exited;
  if (code !== 0) throw new Error(building.output);
}
