import type { DynamicModule, Type } from '@nestjs/common';
import { loadConfiguration, Needs } from './configuration';
import { explain } from './explain';
import { startHttp } from './http-server';

/** The whole of an app's `main.ts`: starts it as the environment says, tells where, and ends on SIGINT or SIGTERM. */
export async function runHttp(module: Type | DynamicModule, title: string, needs: Needs = {}): Promise<void> {
  try {
    const { url } = await startHttp(module, { configuration: loadConfiguration(process.env, needs), title });
    process.stdout.write(`${title}: ${url} (API at ${url}/docs)\n`);
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`);
    // Not exitCode: what had been opened before it failed (pools, listeners) would keep the process alive.
    process.exit(1);
  }
}
