import { MaximumAppendSizeExceeded, WrongExpectedVersion } from '@eventstore/db-client/generated/shared_pb';
import { ConcurrencyConflict, EventTooLarge } from '../event-store';
import { PreparedAppend } from '../prepared-append';
import { Refused } from './batch-append';

const PACKAGE = 'event_store.client.';

/** What it means that the server has refused an append: one of the port's errors, or what the server said. */
export function refusal(append: PreparedAppend, refused: Refused): Error {
  const { stream, expectedRevision, bytes } = append;
  switch (refused.reason) {
    case `${PACKAGE}WrongExpectedVersion`:
      return new ConcurrencyConflict(stream, expectedRevision, actualRevisionOf(refused));
    case `${PACKAGE}MaximumAppendSizeExceeded`:
      return new EventTooLarge(stream, bytes, limitOf(refused) ?? NaN);
    // Of newer servers: the client does not know what it looks like.
    case `${PACKAGE}MaximumAppendEventSizeExceeded`:
      return new EventTooLarge(stream, bytes, Number(/ of (\d+)/.exec(refused.message)?.[1] ?? NaN));
    case `${PACKAGE}StreamDeleted`:
      return new Error(`the stream ${stream} has been deleted in EventStoreDB`);
    case `${PACKAGE}AccessDenied`:
      return new Error(`the user in EVENTSTOREDB_URL may not write to ${stream}`);
    default:
      return new Error(`EventStoreDB refuses an append to ${stream}: ${refused.message}`);
  }
}

function actualRevisionOf({ reason, response }: Refused): number {
  const details = response.getError()?.getDetails();
  const said = details?.unpack((bytes) => WrongExpectedVersion.deserializeBinary(bytes), reason);
  return said?.hasCurrentStreamRevision() ? Number(said.getCurrentStreamRevision()) : -1;
}

function limitOf({ reason, response }: Refused): number | undefined {
  const details = response.getError()?.getDetails();
  return details?.unpack((bytes) => MaximumAppendSizeExceeded.deserializeBinary(bytes), reason)?.getMaxappendsize();
}
