import { ArgumentsHost, Catch, ExceptionFilter, Inject } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { LOG } from '../logging';
import './allowed-methods';
import { Language, preferredLanguage } from './language';
import { ProblemDetail } from './problem';
import { problemOf } from './problem-of';
import { STATUS_CODES } from 'node:http';

/** For the log alone, as nginx has it: whoever asked hung up, and what was under way may have been taken away since. */
const CLIENT_GONE = 499;

function described({ id, method, url }: FastifyRequest) {
  return { id, method, url };
}

/**
 * The one place that turns errors into answers (RFC 9457). What is our fault (5xx) is logged, once, under the id that
 * the answer names; nothing of it is shown.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = methodProblem(request) ?? problemOf(error, request.headers['if-match'] !== undefined);
    const isGone = reply.raw.destroyed && !reply.raw.writableFinished;
    if (isGone && problem.status >= 500) {
      this.log.warn({ ...described(request), status: CLIENT_GONE, err: error }, 'nobody waits for the answer any more');
      reply.hijack();
      return;
    }
    if (problem.status >= 500) {
      this.log.error({ ...described(request), err: error }, problem.text.en);
    }
    // The answer had begun (a stream): it can only be cut off, so that nobody takes it for the whole.
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    sendProblem(request, reply, problem);
  }
}

/** 405 instead of 404 where another method would have led somewhere. */
function methodProblem(request: FastifyRequest): ProblemDetail | undefined {
  const allow = request.is404 ? request.server.methodsAt(request.url.split('?', 1)[0] ?? '') : [];
  if (allow.length === 0) return undefined;
  const text = {
    zh: `该地址不接受 ${request.method}，只接受 ${allow.join('、')}`,
    en: `this address does not take ${request.method}, only ${allow.join(', ')}`,
  };
  return { status: 405, code: 'method-not-allowed', text, headers: { allow: allow.join(', ') } };
}

/** Answers with a problem, in the language the caller prefers. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: ProblemDetail): void {
  const language = preferredLanguage(request.headers['accept-language']);
  void reply
    .code(problem.status)
    .headers(problem.headers ?? {})
    .header('content-type', 'application/problem+json; charset=utf-8')
    .header('content-language', language)
    .header('cache-control', 'no-store')
    .send(JSON.stringify(problemDocument(problem, language, String(request.id))));
}

/** The document as it is sent. `id` is the correlation id of the request, under which the log tells more. */
export function problemDocument(problem: ProblemDetail, language: Language, id: string): Record<string, unknown> {
  return {
    type: `urn:luodi:problem:${problem.code}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.text[language],
    id,
    ...(problem.errors && {
      errors: problem.errors.map(({ field, code, text }) => ({ field, code, detail: text[language] })),
    }),
  };
}
