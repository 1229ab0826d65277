import type { Params } from 'nestjs-pino';
import { destination, pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { Configuration } from './configuration';

/** Nest token of the process's log, a pino {@link Logger}. */
export const LOG = Symbol('LOG');

/** Never in a log, wherever somebody hands them over. */
const SECRETS = ['authorization', 'cookie', 'token', 'secret', 'password', 'databaseUrl'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.headers.${name}`,
]);

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

/** Nest's own messages go to the same log. Requests are logged by a Fastify hook, which costs less than a middleware. */
export function nestLogParams(log: Logger): Params {
  return { pinoHttp: { logger: log }, forRoutes: [] };
}
