import { CompressionTypes, Message } from 'kafkajs';
import { OpenClient } from './client';
import { partitioner } from './partitioner';
import { readWindow } from './read-window';

/** That a producer has taken an id over is written in a topic of one partition. */
export interface Takeover {
  transactionalId: string;
  topic: string;
  /** Who it was: the same for all takeovers of one process. */
  owner: string;
}

/** The record of a takeover. A tombstone, so that compaction takes it away. */
export function takeoverRecord({ transactionalId, topic, owner }: Takeover): Message & { topic: string } {
  return { topic, key: keyOf(transactionalId), value: null, headers: { [OWNER]: owner } };
}

/**
 * Whether somebody else has taken the id over since the record at `offset`. Also one whose transaction is still open, or was
 * aborted: who is in its way now would fence it. @throws Error of kafkajs, or when nothing comes for a minute
 */
export async function isOvertaken(open: () => OpenClient, held: Takeover & { offset: bigint }): Promise<boolean> {
  const { transactionalId, topic, offset, owner } = held;
  const before = await writeEnd(open(), held);
  // A topic that ends before that record has been made anew.
  const from = before > offset ? offset + 1n : 0n;
  const window = { topic, from, before, uncommitted: true };
  let overtaken = false;
  await readWindow(open(), window, ({ key, headers }) => {
    if (key?.toString() === keyOf(transactionalId) && headers?.[OWNER]?.toString() !== owner) overtaken = true;
  });
  return overtaken;
}

const OWNER = 'fence';

function keyOf(transactionalId: string): string {
  return `fence:${transactionalId}`;
}

/** Writes a record outside of any transaction, so that a reader knows when it has seen all before it. @returns its offset */
async function writeEnd(client: OpenClient, { transactionalId, topic }: Takeover): Promise<bigint> {
  const producer = client.kafka.producer({ allowAutoTopicCreation: false, createPartitioner: partitioner });
  try {
    await producer.connect();
    const messages = [{ key: `look:${transactionalId}`, value: null }];
    const [written] = await producer.send({ topic, messages, compression: CompressionTypes.GZIP });
    return BigInt(written?.baseOffset ?? -1);
  } finally {
    client.destroy();
  }
}
