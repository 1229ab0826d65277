import type { LoggerService } from '@nestjs/common';
import { destination, pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { Configuration } from './configuration';

/** Nest token of the process's log, a pino {@link Logger}. */
export const LOG = Symbol('LOG');

/** Never in a log, wherever somebody hands them over. */
const SECRETS = [
  'authorization',
  'cookie',
  'token',
  'secret',
  'password',
  'databaseUrl',
  'eventStoreDbUrl',
  'kafkaSaslPassword',
  'kafkaSaslClientSecret',
  'kafkaTlsKeyPassword',
  'clientSecret',
  'passphrase',
].flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]);

/** The log as the configuration wants it, on stderr unless told otherwise: stdout is for results. */
export function createLog({ logLevel, logFormat }: Configuration, stream?: DestinationStream): Logger {
  const written = stream ?? (logFormat === 'json' ? destination({ dest: 2, sync: true }) : prettyStderr());
  return pino({ level: logLevel, redact: SECRETS }, written);
}

function prettyStderr(): DestinationStream {
  return pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY,
    ignore: 'pid,hostname',
    singleLine: true,
  });
}

/** What Nest says while it starts is for debugging; what fails then is thrown as well, and told by who started it. */
const STARTING = new Set([
  'ExceptionHandler',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's own messages, to the same log. Requests are logged by a Fastify hook. */
export function nestLogger(log: Logger): LoggerService {
  const to =
    (level: 'error' | 'warn' | 'info' | 'debug' | 'trace') =>
    (message: unknown, ...details: unknown[]): void => {
      const context = details.at(-1);
      const isStarting = typeof context === 'string' && STARTING.has(context);
      const fields = message instanceof Error ? { err: message } : { message };
      log[isStarting ? 'debug' : level]({ ...fields, details }, 'nest');
    };
  return { error: to('error'), warn: to('warn'), log: to('info'), debug: to('debug'), verbose: to('trace') };
}
