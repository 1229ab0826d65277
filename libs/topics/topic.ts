import { TObject } from '@sinclair/typebox';
import { Fact } from './fact';

/** A kind of message: its wire name and the schema of its `data`. Neither is derived from the name of a class or event. */
export interface MessageType<Data extends TObject = TObject> {
  /** CloudEvents `type`, with its version: `luodi.project-landed.v1`. A change that readers would notice takes a new version. */
  type: string;
  title: string;
  data: Data;
}

/** What a topic says about a fact. */
export interface Announcement {
  type: MessageType;
  data: object;
}

/** A topic of Kafka: everything about it that others build on. */
export interface Topic {
  name: string;
  title: string;
  description: string;
  /** What the key of its messages is. Messages of one key are in order. */
  key: string;
  /** The default; keys move when it changes, so decide before the first message. */
  partitions: number;
  cleanup: 'delete' | 'compact';
  messages: readonly MessageType[];
  /**
   * Appended to the `source` of its messages. Two topics that speak of one event use its id twice; `source` and `id`
   * together must be unique (CloudEvents 1.0, "id").
   */
  sourcePath?: string;
  /** The public message of a fact; undefined when the fact is none of this topic's. Missing where facts are not its matter. */
  announce?(fact: Fact): Announcement | undefined;
}

/** A message as it goes to Kafka. */
export interface TopicMessage {
  topic: string;
  key: string;
  value: string;
  headers: Readonly<Record<string, string>>;
}

/** How a topic is to be made, or is. All values are the broker's texts, such as `retention.ms`: `-1`. */
export interface TopicSettings {
  name: string;
  partitions: number;
  replicationFactor: number;
  settings: Readonly<Record<string, string>>;
}

/**
 * Largest record batch, in bytes; a batch is what one send holds for one partition. An event may have 1 MiB, the message
 * adds about 2 KB to it, and a project's state may hold the texts of many events.
 */
export const MAX_BATCH_BYTES = 8 * 1024 * 1024;

/** The settings of a topic. With three replicas a write needs two of them, so that the loss of one broker loses nothing. */
export function settingsOf(
  topic: Topic,
  { replicationFactor, partitions = topic.partitions }: { replicationFactor: number; partitions?: number },
): TopicSettings {
  return {
    name: topic.name,
    partitions,
    replicationFactor,
    settings: {
      'cleanup.policy': topic.cleanup,
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'max.message.bytes': String(MAX_BATCH_BYTES),
      'min.insync.replicas': String(Math.max(1, replicationFactor - 1)),
    },
  };
}
