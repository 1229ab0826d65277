import { randomUUID } from 'node:crypto';
import { Consumer, EachBatchPayload } from 'kafkajs';
import { OpenClient } from './client';

export interface LastRead {
  /** Of one partition. */
  topic: string;
  key: string;
  /** Offset of a committed record. What stands there or later is not looked at. */
  before: bigint;
}

/** Records looked at first: most often the last one is it, and before it may stand many that are not compacted yet. */
const FIRST_WINDOW = 64n;
const GROWTH = 16n;
const PATIENCE_MS = 60_000;
const FAREWELL_MS = 2_000;

/**
 * The committed value that was written last under a key. Looks from the end backwards, in windows that grow, so that the
 * time it takes does not grow with the topic. @throws Error of kafkajs, or when nothing comes for a minute
 */
export async function readLast(open: () => OpenClient, sought: LastRead): Promise<string | undefined> {
  for (let window = FIRST_WINDOW; ; window *= GROWTH) {
    const from = sought.before > window ? sought.before - window : 0n;
    const found = await readWindow(open(), sought, from);
    if (found !== undefined || from === 0n) return found;
  }
}

/** kafkajs can only read as a member of a group: a new group each time, for a window is to be read from where it begins. */
async function readWindow(client: OpenClient, sought: LastRead, from: bigint): Promise<string | undefined> {
  const consumer = client.kafka.consumer({
    groupId: `luodi-reader-${randomUUID()}`,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: sought.topic, fromBeginning: true });
    return await search(consumer, sought, from);
  } finally {
    // A group that is not left lives on for a while: no reason to wait long, or to fail.
    const left = consumer.disconnect().catch(() => undefined);
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref())]);
    client.destroy();
  }
}

async function search(consumer: Consumer, { topic, key, before }: LastRead, from: bigint): Promise<string | undefined> {
  const found = Promise.withResolvers<string | undefined>();
  const late = (): void => found.reject(new Error(`nothing came from ${topic} for ${PATIENCE_MS / 1000} s`));
  const timer = setTimeout(late, PATIENCE_MS);
  let last: string | undefined;
  const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
    timer.refresh();
    for (const message of batch.messages) {
      const offset = BigInt(message.offset);
      if (offset >= from && offset < before && message.key?.toString() === key) last = message.value?.toString();
    }
    if (BigInt(batch.lastOffset()) >= before) found.resolve(last);
  };
  // Before the first fetch, and again when kafkajs starts the consumer anew: a coordinator is still loading, a broker dies.
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.seek({ topic, partition: 0, offset: String(from) }));
  consumer.on(consumer.events.CRASH, ({ payload: { restart, error } }) => {
    if (!restart) found.reject(error);
  });
  // Awaited below, but maybe not before it fails.
  found.promise.catch(() => undefined);
  try {
    await consumer.run({ autoCommit: false, eachBatch });
    return await found.promise;
  } finally {
    clearTimeout(timer);
  }
}
