import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { Position } from '../event-store';
import { comparePositions, positionOf } from './position';

/** Where a read may end before the server ends it. */
export interface ReadBounds {
  /** Events at most. */
  count: number;
  /** Bytes of events; the one that reaches them is the last. */
  bytes?: number;
  /** Position of the last event that is wanted. */
  upTo?: Position;
}

/**
 * Asked with each answer to a read: whether that was the last that is wanted. The server does not know: having found as many
 * events as it was asked for, it searches for one more, or to the end of its log.
 */
export function enough({ count, bytes = Infinity, upTo }: ReadBounds): (response: ReadResp) => boolean {
  let events = 0;
  let size = 0;
  return (response) => {
    const record = response.getEvent()?.getEvent();
    if (!record) return false;
    events += 1;
    size += record.getData_asU8().length + record.getCustomMetadata_asU8().length;
    if (events >= count || size >= bytes) return true;
    const position = upTo && positionOf(record.getCommitPosition(), record.getPreparePosition());
    return position !== undefined && comparePositions(position, upTo as Position) >= 0;
  };
}
