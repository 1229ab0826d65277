import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Params } from 'nestjs-pino';
import { destination, pino } from 'pino';
import pretty from 'pino-pretty';
import { Configuration } from './configuration';
import { correlationId } from './http/correlation';

/** Never in a log, wherever they appear. */
const SECRETS = ['req.headers.authorization', 'req.headers.cookie', 'req.headers["proxy-authorization"]'];
const QUIET = /^\/(health|metrics|docs)\b/;

/** One line for each request, with its correlation id, and with the error where it is ours. Written to stderr: stdout is for results. */
export function loggerParams(configuration: Configuration): Params {
  const logger = pino({ level: configuration.logLevel, redact: SECRETS }, logStream(configuration));
  return {
    pinoHttp: {
      logger,
      genReqId: (request: IncomingMessage) => request.id ?? correlationId(request),
      customLogLevel: (_request: IncomingMessage, response: ServerResponse, error?: Error) =>
        error || response.statusCode >= 500 ? 'error' : 'info',
      autoLogging: { ignore: (request: IncomingMessage) => QUIET.test(request.url ?? '') },
      serializers: { req: describeRequest, res: describeResponse },
      quietReqLogger: true,
    },
  };
}

function logStream(configuration: Configuration) {
  if (configuration.logFormat === 'json') return destination({ dest: 2, sync: true });
  return pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY,
    ignore: 'pid,hostname',
    singleLine: true,
  });
}

interface LoggedRequest {
  id: unknown;
  method: string;
  url: string;
  remoteAddress: string;
}

/** Headers are left out but for who is asking with what: they hold tokens. */
function describeRequest(request: LoggedRequest) {
  return { id: request.id, method: request.method, url: request.url, remoteAddress: request.remoteAddress };
}

function describeResponse(response: { statusCode: number }) {
  return { statusCode: response.statusCode };
}
