import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Fastify's `onSend` hook: every JSON answer to a GET of the API gets a weak `ETag` over its text, and 304 without the text when
 * the caller has it already (RFC 9110, 13.1.2). Not where the route says `no-store`: an `ETag` that it gives means something
 * else. Answers are private: what a caller may see depends on who asks.
 */
export async function conditionalGet(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  if (!isAnswer(request, reply, payload)) return payload;
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache');
  if (reply.getHeader('cache-control') === 'no-store') return payload;
  const etag = `W/"${createHash('sha1').update(payload).digest('base64url')}"`;
  reply.header('etag', etag);
  const known = request.headers['if-none-match'];
  if (known === undefined || !names(known, etag)) return payload;
  reply.code(304);
  reply.removeHeader('content-type');
  reply.removeHeader('content-length');
  return null;
}

function isAnswer(request: FastifyRequest, reply: FastifyReply, payload: unknown): payload is string {
  if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return false;
  return request.url.startsWith('/api/v1/') && String(reply.getHeader('content-type')).startsWith('application/json');
}

/** Whether `If-None-Match` names the tag; weak and strong ones count alike here. */
function names(header: string, etag: string): boolean {
  const opaque = etag.replace(/^W\//, '');
  return header.split(',').some((part) => part.trim() === '*' || part.trim().replace(/^W\//, '') === opaque);
}
