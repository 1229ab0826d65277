import { randomUUID } from 'node:crypto';
import { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { OpenClient } from './client';

/** What lies between two offsets of a partition. */
export interface Window {
  topic: string;
  /** Default 0. */
  partition?: number;
  from: bigint;
  /** What stands there or later is not looked at. Where the partition ends, as its readers see it, at the latest. */
  before: bigint;
  /** Records of transactions that are open or aborted, too. */
  uncommitted?: boolean;
}

const PATIENCE_MS = 60_000;
const FAREWELL_MS = 2_000;

/** As {@link readWindows}. */
export function readWindow(client: OpenClient, window: Window, see: (record: KafkaMessage) => void): Promise<void> {
  return readWindows(client, [window], see);
}

/**
 * Shows every record of the windows, each in order; ends the client. kafkajs can only read as a member of a group: a new group
 * each time, for a window is to be read from where it begins. @throws Error of kafkajs, or when nothing comes for a minute
 */
export async function readWindows(
  client: OpenClient,
  windows: readonly Window[],
  see: (record: KafkaMessage) => void,
): Promise<void> {
  const consumer = client.kafka.consumer({
    groupId: `luodi-reader-${randomUUID()}`,
    readUncommitted: windows.some(({ uncommitted }) => uncommitted),
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...new Set(windows.map(({ topic }) => topic))], fromBeginning: true });
    await consume(consumer, windows, see);
  } finally {
    // A group that is not left lives on for a while: no reason to wait long, or to fail.
    const left = consumer.disconnect().catch(() => undefined);
    await Promise.race([left, new Promise((resolve) => setTimeout(resolve, FAREWELL_MS).unref())]);
    client.destroy();
  }
}

async function consume(
  consumer: Consumer,
  windows: readonly Window[],
  see: (record: KafkaMessage) => void,
): Promise<void> {
  const done = Promise.withResolvers<void>();
  const late = (): void => done.reject(new Error(`nothing came from ${windows[0]?.topic} for ${PATIENCE_MS / 1000} s`));
  const timer = setTimeout(late, PATIENCE_MS);
  let left = windows;
  const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
    const window = windows.find((each) => isOf(each, batch));
    for (const record of batch.messages) {
      const offset = BigInt(record.offset);
      if (window && offset >= window.from && offset < window.before) see(record);
    }
  };
  // Also after what holds nothing but marks of transactions, of which `eachBatch` is not told.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    timer.refresh();
    left = left.filter((each) => !isOf(each, payload) || BigInt(payload.lastOffset) < each.before - 1n);
    if (left.length === 0) done.resolve();
  });
  // Before the first fetch, and again when kafkajs starts the consumer anew: a coordinator is still loading, a broker dies.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    for (const { topic, partition = 0, from } of windows) consumer.seek({ topic, partition, offset: String(from) });
  });
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

function isOf({ topic, partition = 0 }: Window, place: { topic: string; partition: number }): boolean {
  return topic === place.topic && partition === place.partition;
}
