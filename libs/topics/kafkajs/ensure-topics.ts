import { setTimeout as sleep } from 'node:timers/promises';
import { Admin, ConfigResourceTypes, KafkaJSAggregateError } from 'kafkajs';
import { Difference, KafkaUnavailable, TopicReport } from '../kafka-port';
import { TopicSettings } from '../topic';
import { reasonOf } from './failures';

const PATIENCE_MS = 15_000;

/** See `Kafka.ensureTopics`; `admin` is connected. */
export async function ensureTopics(admin: Admin, wanted: readonly TopicSettings[]): Promise<TopicReport[]> {
  const existing = new Set(await admin.listTopics());
  const reports: TopicReport[] = [];
  for (const topic of wanted) {
    // Who is second to create it finds it there, and says what differs when it starts the next time.
    const created = !existing.has(topic.name) && (await create(admin, topic));
    // Also one that was there: somebody else may be creating it in this moment.
    await settled(admin, topic.name);
    const differences = existing.has(topic.name) ? await differencesOf(admin, topic) : [];
    reports.push({ topic: topic.name, created, differences });
  }
  return reports;
}

/** False when somebody else has created it at the same moment. */
async function create(admin: Admin, { name, partitions, replicationFactor, settings }: TopicSettings) {
  const configEntries = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }));
  try {
    return await admin.createTopics({
      topics: [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }],
      waitForLeaders: false,
    });
  } catch (error) {
    const causes = error instanceof KafkaJSAggregateError ? error.errors : [error];
    throw new KafkaUnavailable(
      `the topic ${name} (${partitions} partitions, ${replicationFactor} replicas) cannot be created: ` +
        causes.map(reasonOf).join('; '),
      { cause: error },
    );
  }
}

/**
 * Brokers learn of a topic one after the other, name it and are said to lead it before they know that they do: only they can
 * say that they do.
 */
async function settled(admin: Admin, topic: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      // Each partition's leader is asked.
      await admin.fetchTopicOffsets(topic);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        throw new KafkaUnavailable(`the topic ${topic} is not led: ${reasonOf(error)}`, { cause: error });
      }
    }
    await sleep(50);
  }
}

async function differencesOf(admin: Admin, topic: TopicSettings): Promise<Difference[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic.name] });
  const partitions = topics[0]?.partitions ?? [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic.name, configNames: Object.keys(topic.settings) }],
  });
  const entries = resources[0]?.configEntries ?? [];
  const actual = new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  actual.set('partitions', String(partitions.length));
  actual.set('replicationFactor', String(partitions[0]?.replicas.length));
  const { replicationFactor, settings } = topic;
  const wanted = { partitions: topic.partitions, replicationFactor, ...settings };
  return Object.entries(wanted).flatMap(([setting, value]) =>
    String(value) === actual.get(setting) ? [] : [{ setting, wanted: String(value), actual: actual.get(setting) }],
  );
}
