import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const VISIBLE_ASCII = /^[\x21-\x7e]{1,200}$/;
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?=$|-)/;

/**
 * What ties together everything that one request causes: the caller's `X-Correlation-Id`, else the trace id of a W3C
 * `traceparent`, else a new id. It is the request's id in the log, in problems, and the correlation id of its events.
 */
export function correlationId(request: IncomingMessage): string {
  const given = request.headers['x-correlation-id'];
  if (typeof given === 'string' && VISIBLE_ASCII.test(given)) return given;
  return TRACEPARENT.exec(traceparentOf(request) ?? '')?.[1] ?? randomUUID();
}

/** The request's W3C `traceparent`: the part that version 00 knows. Undefined where it is missing or malformed. */
export function traceparentOf(request: IncomingMessage): string | undefined {
  const trace = request.headers['traceparent'];
  return typeof trace === 'string' ? TRACEPARENT.exec(trace)?.[0] : undefined;
}
