import * as client from '@eventstore/db-client';
import { EventStoreUnavailable } from '../event-store';

/** gRPC status codes of a server, or of a way to it, that may work again later. */
const PASSING: ReadonlySet<number | undefined> = new Set([1, 4, 10, 14]);
/** What the client, gRPC and HTTP/2 say without such a code when a connection breaks or no node is found. */
const BROKEN =
  /RST_STREAM|GOAWAY|ECONN|EPIPE|socket hang up|write after end|Failed to discover|Channel has been shut down/i;
/** Said before anything was sent. */
const NEVER_SENT = /No connection established|Failed to discover|Name resolution failed|Server Is (Not Ready|Busy)/i;

/** What an error of the client means to us: {@link EventStoreUnavailable} when it may pass, a clear error otherwise. */
export function explain(error: unknown): Error {
  if (error instanceof EventStoreUnavailable) return error;
  const failure = client.convertToCommandError(error as Error);
  const message = failure.message || failure.name;
  if (isPassing(failure)) {
    return new EventStoreUnavailable(`EventStoreDB cannot be reached: ${message}`, { cause: failure });
  }
  if (failure instanceof client.AccessDeniedError) {
    return new Error('EventStoreDB refuses the user in EVENTSTOREDB_URL, or that user may not do this', {
      cause: failure,
    });
  }
  if (failure instanceof client.StreamDeletedError) {
    return new Error(`the stream ${failure.streamName} has been deleted in EventStoreDB: ${message}`, {
      cause: failure,
    });
  }
  if (/invalid position/i.test(message))
    return new RangeError(`no event of this EventStoreDB stands there: ${message}`);
  return failure;
}

/** Whether nothing of a request can have reached the server. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message);
}

function isPassing(error: Error): boolean {
  if (error instanceof client.NotLeaderError || error instanceof client.UnavailableError) return true;
  if (error instanceof client.AccessDeniedError) return false;
  const { code } = error as { code?: number };
  return PASSING.has(code) || BROKEN.test(error.message) || NEVER_SENT.test(error.message);
}
