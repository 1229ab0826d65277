import { randomUUID } from 'node:crypto';
import { Batch, Kafka, KafkaMessage, logLevel } from 'kafkajs';
import { CloudEvent } from '../../libs/topics/cloud-event';
import { KafkaJsGroups } from '../../libs/topics/kafkajs/kafkajs-groups';
import { KafkaJs } from '../../libs/topics/kafkajs/kafkajs-kafka';

/** Brokers of the cluster that this run of the tests uses; undefined when there is none. */
export function testBrokers(): string[] | undefined {
  return (process.env.KAFKA_BROKERS ?? process.env.TEST_KAFKA_BROKERS)?.split(',');
}

/** `describe`, or where there is no Kafka (the global setup has said why, and lets CI fail) `describe.skip`. */
export const describeKafka = testBrokers() ? describe : describe.skip;
/** For tests that start a cluster of their own. */
export const describeOwnKafka = process.env.TEST_KAFKA_BROKERS ? describe : describe.skip;

export function openKafka(brokers = testBrokers() ?? []): KafkaJs {
  return new KafkaJs({ brokers }, () => undefined);
}

/** A committed record. */
export interface Read {
  topic: string;
  partition: number;
  offset: bigint;
  key: string;
  /** Null for a tombstone. */
  value: string | null;
  headers: Record<string, string>;
}

/** What the record says, where it is an event. */
export function eventIn({ value }: Pick<Read, 'value'>): CloudEvent | undefined {
  return value === null ? undefined : (JSON.parse(value) as CloudEvent);
}

/** Everything committed in the topics, each partition up to where it ends now, in the order of each partition. */
export async function readCommitted(brokers: readonly string[], topics: readonly string[]): Promise<Read[]> {
  const records: Read[] = [];
  await forEachCommitted(brokers, topics, (record) => records.push(record));
  return records;
}

/** As {@link readCommitted}, for more than memory holds. */
export async function forEachCommitted(
  brokers: readonly string[],
  topics: readonly string[],
  take: (record: Read) => void,
): Promise<void> {
  await forEachMessage({ brokers, topics, pick: ({ messages }) => messages }, ({ topic, partition }, message) => {
    const { offset, key, value, headers } = message;
    take({
      topic,
      partition,
      offset: BigInt(offset),
      key: String(key),
      value: value && value.toString(),
      headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)])),
    });
  });
}

interface Reading<Message> {
  brokers: readonly string[];
  topics: readonly string[];
  /** Which messages of a batch are wanted. */
  pick: (batch: Batch) => readonly Message[];
}

/** Each partition up to where it ends now, as a reader of committed records gets its batches. */
export async function forEachMessage<Message extends Pick<KafkaMessage, 'offset'>>(
  { brokers, topics, pick }: Reading<Message>,
  take: (batch: Batch, message: Message) => void,
): Promise<void> {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING });
  const ends = await endsOf(brokers, topics);
  if (ends.size === 0) return;
  const taken = new Map<string, bigint>();
  const done = Promise.withResolvers<void>();
  const consumer = kafka.consumer({ groupId: `luodi-test-${randomUUID()}`, maxWaitTimeInMs: 100 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    // When kafkajs starts it anew (a coordinator is still loading), it begins at the beginning again.
    consumer.on(consumer.events.CRASH, ({ payload: { restart, error } }) => {
      if (!restart) done.reject(error);
    });
    // Also for what holds control records alone.
    consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) => {
      const place = `${topic} ${partition}`;
      if (BigInt(lastOffset) + 1n >= (ends.get(place) ?? 0n)) ends.delete(place);
      if (ends.size === 0) done.resolve();
    });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const place = `${batch.topic} ${batch.partition}`;
        for (const message of pick(batch)) {
          if (BigInt(message.offset) <= (taken.get(place) ?? -1n)) continue;
          taken.set(place, BigInt(message.offset));
          take(batch, message);
        }
      },
    });
    await done.promise;
  } finally {
    await consumer.disconnect();
  }
}

/**
 * `topic partition` → end, without those that are empty. What others have left open counts, for before it ends nobody is
 * shown what was committed behind it: the admin client of kafkajs would say that the partition ends there.
 */
async function endsOf(brokers: readonly string[], topics: readonly string[]): Promise<Map<string, bigint>> {
  const groups = new KafkaJsGroups({ brokers }, () => undefined);
  try {
    const filled = (await groups.bounds(topics)).filter(({ low, high }) => high > low);
    return new Map(filled.map(({ topic, partition, high }) => [`${topic} ${partition}`, high]));
  } finally {
    await groups.close();
  }
}
