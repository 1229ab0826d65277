import * as client from '@eventstore/db-client';
import { EventStoreUnavailable } from '../event-store';

/** gRPC's PERMISSION_DENIED, where it does not come with the server's own word for it. */
const PERMISSION_DENIED = 7;
/** Said before anything was sent. */
const NEVER_SENT = /No connection established|Failed to discover|Name resolution failed|Server Is (Not Ready|Busy)/i;

/**
 * What an error of the client means to us. Few are for good: the user may not do this, the stream is deleted, no event stands
 * there. Everything else may pass, whatever its status: the server itself says UNKNOWN when it has no leader for the moment,
 * and a proxy on the way says what it likes. Who follows the store must not end for that.
 */
export function explain(error: unknown): Error {
  if (error instanceof EventStoreUnavailable) return error;
  const failure = client.convertToCommandError(error as Error);
  const message = failure.message || failure.name;
  if (isDenied(failure)) {
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
  return new EventStoreUnavailable(`EventStoreDB cannot be reached or cannot answer: ${message}`, { cause: failure });
}

/** Whether nothing of a request can have reached the server. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof Error && NEVER_SENT.test(error.message);
}

function isDenied(error: Error): boolean {
  return error instanceof client.AccessDeniedError || (error as { code?: unknown }).code === PERMISSION_DENIED;
}
