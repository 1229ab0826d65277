import '../cli/compile-cache';
import { explain } from '../../libs/runtime/explain';
import { requireNode } from '../cli/node-version';
import { isMode, MODES, run } from './run';

/** `node dist/apps/standalone/main.js start|demo`. Exit code 0 when it was stopped, 1 when something went wrong. */
async function main(): Promise<void> {
  const mode = process.argv[2] ?? 'start';
  const stop = new AbortController();
  // npm passes a Ctrl-C on that the terminal has sent already: the second one means nothing.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  try {
    requireNode();
    if (!isMode(mode)) throw new RangeError(`there is no mode ${mode}: use one of ${MODES.join(', ')}`);
    await run(mode, stop.signal);
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return;
    console.error(`\n${explain(error)}`);
    process.exitCode = 1;
  }
}

void main();
