import { randomUUID } from 'node:crypto';
import { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { OpenClient } from './client';

/** What lies between two offsets of a topic of one partition. */
export interface Window {
  topic: string;
  from: bigint;
  /** What stands there or later is not looked at. Where the partition ends, as its readers see it, at the latest. */
  before: bigint;
  /** Records of transactions that are open or aborted, too. */
  uncommitted?: boolean;
}

const PATIENCE_MS = 60_000;
const FAREWELL_MS = 2_000;

/**
 * Shows every record of the window, in order; ends the client. kafkajs can only read as a member of a group: a new group
 * each time, for a window is to be read from where it begins. @throws Error of kafkajs, or when nothing comes for a minute
 */
export async function readWindow(
  client: OpenClient,
  window: Window,
  see: (record: KafkaMessage) => void,
): Promise<void> {
  const consumer = client.kafka.consumer({
    groupId: `luodi-reader-${randomUUID()}`,
    readUncommitted: window.uncommitted ?? false,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: window.topic, fromBeginning: true });
    await consume(consumer, window, see);
  } finally {
    // A group that is not left lives on for a while: no reason to wait long, or to fail.
    const left = consumer.disconnect().catch(() => undefined);
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref())]);
    client.destroy();
  }
}

async function consume(
  consumer: Consumer,
  { topic, from, before }: Window,
  see: (record: KafkaMessage) => void,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  const late = (): void => done.reject(new Error(`nothing came from ${topic} for ${PATIENCE_MS / 1000} s`));
  const timer = setTimeout(late, PATIENCE_MS);
  const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
    for (const record of batch.messages) {
      const offset = BigInt(record.offset);
      if (offset >= from && offset < before) see(record);
    }
  };
  // Also after what holds nothing but marks of transactions, of which `eachBatch` is not told.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { lastOffset } }) => {
    timer.refresh();
    if (BigInt(lastOffset) >= before - 1n) done.resolve();
  });
  // Before the first fetch, and again when kafkajs starts the consumer anew: a coordinator is still loading, a broker dies.
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.seek({ topic, partition: 0, offset: String(from) }));
  consumer.on(consumer.events.CRASH, ({ payload: { restart, error } }) => {
    if (!restart) done.reject(error);
  });
  // Awaited below, but maybe not before it fails.
  done.promise.catch(() => undefined);
  try {
    await consumer.run({ autoCommit: false, eachBatch });
    await done.promise;
  } finally {
    clearTimeout(timer);
  }
}
