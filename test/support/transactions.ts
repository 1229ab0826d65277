import type { Batch } from 'kafkajs';
import { RELAY_POSITIONS } from '../../libs/topics/relay-positions.topic';
import { forEachMessage } from './kafka';

/** What became of the transactions of a relay: those that take over, and those that publish. */
export interface Transactions {
  takeovers: Ends;
  batches: Ends;
}

interface Ends {
  committed: number;
  /** Something of it was written, and then its writer died. */
  aborted: number;
}

/** As kafkajs has decoded it; readers are given neither control records nor what is aborted. */
interface RawMessage {
  offset: string;
  key: Buffer | null;
  isControlRecord: boolean;
  batchContext: { producerId: string };
}

/**
 * Counts the transactions of a relay by what Kafka itself has noted: each one begins with a record in the topic of
 * positions, so the marker that ends it stands there too (KIP-98: key of a marker is version and type, 0 abort, 1 commit).
 */
export async function transactionsOf(brokers: readonly string[], relay: string): Promise<Transactions> {
  const counted: Transactions = { takeovers: { committed: 0, aborted: 0 }, batches: { committed: 0, aborted: 0 } };
  /** What each producer has begun, by its id. */
  const open = new Map<string, keyof Transactions>();
  const kinds: Record<string, keyof Transactions> = { [`fence:luodi-relay-${relay}`]: 'takeovers', [relay]: 'batches' };
  await forEachMessage({ brokers, topics: [RELAY_POSITIONS.name], pick: rawMessagesOf }, (_, message) => {
    const { isControlRecord, batchContext, key } = message;
    const { producerId } = batchContext;
    if (!isControlRecord) {
      const kind = kinds[String(key)];
      if (kind) open.set(producerId, kind);
      return;
    }
    const kind = open.get(producerId);
    open.delete(producerId);
    if (kind) counted[kind][key?.readInt16BE(2) === 1 ? 'committed' : 'aborted'] += 1;
  });
  return counted;
}

/** kafkajs keeps them, but its types do not tell. */
function rawMessagesOf(batch: Batch): RawMessage[] {
  return (batch as Batch & { rawMessages: RawMessage[] }).rawMessages;
}
