import { settingsOf, Topic, TopicSettings } from './topic';
import { TOPICS } from './topics';

/** What an operator may want otherwise. */
export interface TopicOverrides {
  /** Of the topics of projects. */
  partitions?: number;
  replicationFactor?: number;
  /** How long events are kept; states and positions always are. */
  retentionDays?: number;
}

/** Wanted of all topics; fewer where there are not so many brokers. */
export const REPLICAS = 3;
const DAY_MS = 86_400_000;

/** How all topics are to be made on a cluster of so many brokers. */
export function wantedTopics(brokers: number, overrides: TopicOverrides): TopicSettings[] {
  const { partitions, retentionDays, replicationFactor = Math.min(REPLICAS, brokers) } = overrides;
  return TOPICS.map((topic) => {
    const wanted = settingsOf(topic, { replicationFactor, partitions: isSpread(topic) ? partitions : undefined });
    if (retentionDays === undefined || topic.cleanup !== 'delete') return wanted;
    return { ...wanted, settings: { ...wanted.settings, 'retention.ms': String(retentionDays * DAY_MS) } };
  });
}

/** Topics of one partition are so for a reason. */
function isSpread(topic: Topic): boolean {
  return topic.partitions > 1;
}
