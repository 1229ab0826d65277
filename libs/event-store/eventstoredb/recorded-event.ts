import { ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { EventMetadata } from '../../audit/hash-chain';
import { RecordedEvent } from '../event-store';
import { positionOf } from './position';

/** The event that an answer holds; undefined for an answer of another kind. */
export function recordedEventOf(response: ReadResp): RecordedEvent | undefined {
  const record = response.getEvent()?.getEvent();
  if (!record) return undefined;
  const stream = Buffer.from(record.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8');
  const revision = Number(record.getStreamRevision());
  const position = positionOf(record.getCommitPosition(), record.getPreparePosition());
  if (position === undefined) {
    throw new Error(
      `this EventStoreDB does not tell the position of revision ${revision} of ${stream}: version 22.10 or later is needed`,
    );
  }
  return {
    stream,
    revision,
    position,
    type: String(record.getMetadataMap().get('type')),
    data: parse(record.getData_asU8(), stream, revision) as Record<string, unknown>,
    metadata: parse(record.getCustomMetadata_asU8(), stream, revision) as EventMetadata,
  };
}

/** @throws Error naming the event: whoever wrote it was not this program */
function parse(bytes: Uint8Array, stream: string, revision: number): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw new Error(`revision ${revision} of ${stream} is no JSON: it was not written by this program`, {
      cause: error,
    });
  }
}
