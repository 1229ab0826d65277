import { inspect } from 'node:util';
import type { DynamicModule, Type } from '@nestjs/common';
import { EventStoreUnavailable } from '../event-store/event-store';
import { isConnectionLoss } from '../postgres/connection-loss';
import { ProfileError } from '../programme/load-profile';
import { ConfigurationError, loadConfiguration } from './configuration';
import { CannotListen, startHttp } from './http-server';

/** The whole of an app's `main.ts`: starts it as the environment says, tells where, and ends on SIGINT or SIGTERM. */
export async function runHttp(module: Type | DynamicModule, title: string): Promise<void> {
  try {
    const { url } = await startHttp(module, { configuration: loadConfiguration(process.env), title });
    process.stdout.write(`${title}: ${url} (API at ${url}/docs)\n`);
  } catch (error) {
    process.stderr.write(`${explainStart(error)}\n`);
    // Not exitCode: what had been opened before it failed (pools, listeners) would keep the process alive.
    process.exit(1);
  }
}

/** Why an app did not start: what the operator can mend in a sentence, anything else with its stack. */
export function explainStart(error: unknown): string {
  const mendable = [ConfigurationError, CannotListen, ProfileError, EventStoreUnavailable].some(
    (type) => error instanceof type,
  );
  if (error instanceof Error && mendable) return error.message;
  if (error instanceof Error && isConnectionLoss(error)) {
    return `the database that DATABASE_URL names cannot be reached: ${error.message || inspect(error)}`;
  }
  return inspect(error);
}
