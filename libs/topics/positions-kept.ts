import { Kafka, TopicReport } from './kafka-port';
import { Origin } from './origin';
import { RELAY_POSITIONS } from './relay-positions.topic';
import { RelayStopped } from './relay-stopped';
import { TOPICS } from './topics';

// Whose position is lost would begin at the beginning, and publish every event a second time.

/** Offsets looked at, of each partition. */
const LOOKED_AT = 100;

/** Where somebody else has made the topic of positions, such as a broker by itself. @throws RelayStopped where it would lose them */
export function assertCompacted(reports: readonly TopicReport[]): void {
  const { differences } = reports.find(({ topic }) => topic === RELAY_POSITIONS.name) ?? { differences: [] };
  const policy = differences.find(({ setting }) => setting === 'cleanup.policy')?.actual;
  if (policy === undefined) return;
  throw new RelayStopped(
    `the topic ${RELAY_POSITIONS.name} has cleanup.policy=${policy}: it would forget how far the relay has come, and every ` +
      'event would be published a second time. Set its cleanup.policy to compact, then start the relay again',
  );
}

/**
 * For a relay without a position. Where several sources share the topics, messages of its own may lie further back than is
 * looked. @throws RelayStopped when the ends of the topics hold messages of its source
 */
export async function assertUnpublished(kafka: Kafka, name: string, { source }: Origin): Promise<void> {
  const topics = TOPICS.filter((topic) => topic !== RELAY_POSITIONS);
  const sources = new Set(topics.map(({ sourcePath = '' }) => source + sourcePath));
  const names = topics.map((topic) => topic.name);
  const values = await kafka.readEnds(names, LOOKED_AT);
  if (!values.some((value) => sources.has(sourceOf(value)))) return;
  throw new RelayStopped(
    `the topics hold messages of ${source}, but ${RELAY_POSITIONS.name} holds no position of relay "${name}", which would ` +
      'publish every event a second time. If RELAY_NAME was another one before, set it as it was; if the position is lost, ' +
      `delete the topics ${names.join(', ')} to have everything published anew, or set another EVENT_SOURCE`,
  );
}

/** Empty for a message that is none of ours. */
function sourceOf(value: string): string {
  try {
    const { source } = JSON.parse(value) as { source?: unknown };
    return typeof source === 'string' ? source : '';
  } catch {
    return '';
  }
}
