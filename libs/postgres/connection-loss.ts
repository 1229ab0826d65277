import { isNativeError } from 'node:util/types';
import { DatabaseError } from 'pg';

/** SQLSTATEs of a server that ends the session: shutdown, crash, start-up, dropped database, idle for too long. */
const SESSION_ENDED = /^(08|57P0|25P03|25P04)/;

/**
 * Whether the server itself refused a statement, so that its transaction is rolled back for certain. Otherwise the
 * connection was lost before the answer came, and what the statement did is not known.
 */
export function isRefusedByServer(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined && !SESSION_ENDED.test(error.code);
}

/** Codes of a network that fails, and of a server that has no room for another connection at the moment. */
const PASSING = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', '53300']);

/** What the driver says, without a code, about a connection that is gone. */
const DRIVER_LOSS =
  /^Connection terminated|connection error and is not queryable|^timeout exceeded when trying to connect/;

/** Whether a new connection, now or later, may succeed with the same statement. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  // Not instanceof: the errors of Node are of another realm under jest.
  if (!isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SESSION_ENDED.test(code) || PASSING.has(code) || DRIVER_LOSS.test(error.message);
}
