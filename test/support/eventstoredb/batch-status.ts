import type { Message } from 'google-protobuf';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import { Code } from '@eventstore/db-client/generated/code_pb';
import {
  AccessDenied,
  MaximumAppendSizeExceeded,
  Timeout,
  WrongExpectedVersion,
} from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { ExpectedRevision } from './append-rules';

/** What BatchAppend answers instead of a success: google.rpc.Status with the server's own message as details. */
function batchStatus(code: Code, message: string, details: Message, type: string): Status {
  const packed = new Any();
  packed.pack(details.serializeBinary(), type);
  return new Status().setCode(code).setMessage(message).setDetails(packed);
}

const ours = (name: string): string => `event_store.client.${name}`;

export function wrongExpectedVersion(expected: ExpectedRevision, current: bigint): Status {
  const details = new WrongExpectedVersion();
  if (current < 0n) details.setCurrentNoStream(new Empty());
  else details.setCurrentStreamRevision(String(current));
  if (expected === 'any') details.setExpectedAny(new Empty());
  else if (expected === 'no_stream') details.setExpectedNoStream(new Empty());
  else if (expected === 'stream_exists') details.setExpectedStreamExists(new Empty());
  else details.setExpectedStreamPosition(String(expected));
  return batchStatus(Code.ALREADY_EXISTS, 'WrongExpectedVersion', details, ours('WrongExpectedVersion'));
}

export const timeout = (): Status => batchStatus(Code.DEADLINE_EXCEEDED, 'Timeout', new Timeout(), ours('Timeout'));

export const denied = (): Status =>
  batchStatus(Code.PERMISSION_DENIED, 'AccessDenied', new AccessDenied(), ours('AccessDenied'));

export const tooLarge = (limit: number): Status =>
  batchStatus(
    Code.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new MaximumAppendSizeExceeded().setMaxappendsize(limit),
    ours('MaximumAppendSizeExceeded'),
  );

/** A server that is starting or too busy: the client does not know this type and makes it an unknown error. */
export const notReady = (): Status => batchStatus(Code.OK, 'Server Is Not Ready', new Empty(), 'google.protobuf.Empty');
