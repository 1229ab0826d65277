import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { badRequest } from './problem';

/** Deeper than any body we take; nothing behind this point need fear for its stack. */
const MAX_DEPTH = 32;

/**
 * Reads JSON bodies strictly: broken UTF-8, `__proto__` and `constructor.prototype` keys and deep nesting are refused
 * (Fastify alone replaces broken bytes by U+FFFD, and evidence must not be altered on its way in).
 */
export function registerJsonBody(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeContentTypeParser(['application/json', 'text/plain']);
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!isUtf8(body)) {
      done(badRequest('broken-utf8', { zh: '请求内容不是有效的 UTF-8', en: 'the body is not valid UTF-8' }));
      return;
    }
    void parse(request, body.toString('utf8'), (error, value: unknown) => {
      if (error) done(malformed(error.message));
      else if (isDeeper(value, MAX_DEPTH)) done(malformed(`more than ${MAX_DEPTH} levels of nesting`));
      else done(null, value);
    });
  });
}

function malformed(reason: string): Error {
  const said = reason.slice(0, 200);
  return badRequest('malformed-json', {
    zh: `请求内容不是有效的 JSON：${said}`,
    en: `the body is no valid JSON: ${said}`,
  });
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}
