import { applyDecorators, createParamDecorator, ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { uuidV7 } from '../../libs/event-store/uuid-v7';
import { traceparentOf } from '../../libs/runtime/http/correlation';
import { badRequest } from '../../libs/runtime/http/problem';
import { callerOf } from '../../libs/runtime/identity/access';
import type { Caller } from '../../libs/runtime/identity/identity';

/** What travels beside the body of a command. */
export interface Envelope {
  caller: Caller;
  commandId: string;
  correlationId: string;
  traceparent?: string;
  expectedRevision?: number;
}

const KEY = /^[\x21-\x7e]{1,200}$/;
const ENTITY_TAG = /^"(0|[1-9]\d{0,9})"$/;

/** The envelope of this request, as a parameter of a controller's method. */
export const CommandEnvelope = createParamDecorator((_: unknown, context: ExecutionContext): Envelope => {
  return envelopeOf(context.switchToHttp().getRequest<FastifyRequest>());
});

/** @throws Problem 400 for a malformed header */
export function envelopeOf(request: FastifyRequest): Envelope {
  const expectedRevision = parseIfMatch(request.headers['if-match']);
  const traceparent = traceparentOf(request.raw);
  return {
    caller: callerOf(request),
    commandId: parseKey(request.headers['idempotency-key']),
    correlationId: request.id,
    ...(traceparent !== undefined && { traceparent }),
    ...(expectedRevision !== undefined && { expectedRevision }),
  };
}

function parseKey(header: string | string[] | undefined): string {
  if (header === undefined) return uuidV7();
  if (typeof header === 'string' && KEY.test(header)) return header;
  const text = {
    zh: 'Idempotency-Key 应为 1 至 200 个可见 ASCII 字符',
    en: 'Idempotency-Key must be 1 to 200 visible ASCII characters',
  };
  throw badRequest('idempotency-key', text, 'Idempotency-Key');
}

/** `"3"` → 3. `*` asks only that the thing exists, which every command does. */
function parseIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const match = ENTITY_TAG.exec(header.trim());
  if (match) return Number(match[1]);
  const text = { zh: 'If-Match 应为一个修订号，例如 "3"', en: 'If-Match must be one revision in quotes, such as "3"' };
  throw badRequest('if-match', text, 'If-Match');
}

/** Documents the headers that {@link CommandEnvelope} reads. */
export const ApiEnvelope = () =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      description:
        'Names this command among those of its project or conference. Sent again with the same key it has one effect and ' +
        'the same answer, a year later too.',
      required: false,
      schema: { type: 'string', pattern: '^[!-~]{1,200}$', example: '0198c0de-7d3a-7a4b-8f00-5a1c2b3d4e5f' },
    }),
    ApiHeader({
      name: 'If-Match',
      description:
        'Revision the caller has seen (the `ETag` of an earlier answer). 412 when it has moved on. Without it a command ' +
        'is decided anew when others were faster, some ten times; then 409 `concurrency-conflict` with `Retry-After`: ' +
        'send it again, with the same Idempotency-Key.',
      required: false,
      schema: { type: 'string', pattern: '^("(0|[1-9][0-9]{0,9})"|\\*)$', example: '"3"' },
    }),
  );
