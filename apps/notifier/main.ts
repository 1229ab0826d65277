import { loadConfiguration } from '../../libs/runtime/configuration';
import { explain } from '../../libs/runtime/explain';
import { loadNotifierSettings } from './settings';
import { startNotifier } from './start-notifier';

async function main(): Promise<void> {
  try {
    const { url } = await startNotifier(loadConfiguration(process.env), loadNotifierSettings(process.env));
    process.stdout.write(`Luodi: notifier: ${url} (API at ${url}/docs)\n`);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    // Not exitCode: what had been opened before it failed (pools, sockets) would keep the process alive.
    process.exit(1);
  }
}

void main();
