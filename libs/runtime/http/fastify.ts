import { maxHeaderSize, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { identifyFirst } from '../identity/access';
import { IDENTITY, type Identity } from '../identity/identity';
import { Metrics } from '../metrics';
import { rememberMethods } from './allowed-methods';
import { correlationId } from './correlation';
import { drain } from './drain';
import { registerJsonBody } from './json-body';
import { sendProblem } from './problem.filter';
import { endSilentConnections } from './silent-connections';

/** A command is a page of text at most; ledgers come as multipart with a limit of their own. */
const BODY_LIMIT = 1024 * 1024;

export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    genReqId: correlationId,
    // Whoever sends a request more slowly than this has lost interest, or means harm.
    requestTimeout: 300_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const text = { zh: '地址无法读取', en: 'the address cannot be read' };
      sendProblem(request, reply, { status: error.statusCode ?? 400, code: 'malformed-address', text });
    },
    clientErrorHandler: answerNoHttp,
  });
}

const MALFORMED_HTTP = { status: 400, code: 'malformed-http', detail: 'this is not a well-formed HTTP request' };
const HEADERS_TOO_LARGE = {
  status: 431,
  code: 'headers-too-large',
  detail: `the address and the headers are longer than ${maxHeaderSize / 1024} KiB`,
};

/** What is not even HTTP gets an answer too, if the connection still takes one. */
function answerNoHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, code, detail } = error.code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : MALFORMED_HTTP;
  const title = STATUS_CODES[status];
  const body = JSON.stringify({ type: `urn:luodi:problem:${code}`, title, status, code, detail });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** What every route gets: the caller known before the body, strict JSON, the correlation id in the answer, requests counted and logged, 405 where another method would do. */
export function equip(app: NestFastifyApplication, metrics: Metrics, log: Logger): void {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  rememberMethods(fastify);
  registerJsonBody(fastify);
  endSilentConnections(fastify);
  const durations = metrics.histogram('luodi_http_request_duration_seconds', 'Duration of HTTP requests', {
    labels: ['method', 'route', 'status'],
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-correlation-id', request.id);
    reply.header('x-content-type-options', 'nosniff');
    done();
  });
  identifyFirst(fastify, app.get<Identity>(IDENTITY));
  fastify.addHook('onSend', async (request, reply) => {
    if (reply.statusCode === 413) await drain(request.raw);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    durations.observe(labels, reply.elapsedTime / 1000);
    if (!QUIET.test(request.url)) log.info(describe(request, reply), 'request');
    done();
  });
}

/** Asked every few seconds by machines, and files of a page. */
const QUIET = /^\/(health|metrics|docs)\b/;

function describe(request: FastifyRequest, reply: FastifyReply) {
  const { id, method, url, ip } = request;
  const milliseconds = Math.round(reply.elapsedTime * 10) / 10;
  return { id, method, url, remoteAddress: ip, status: reply.statusCode, milliseconds };
}
