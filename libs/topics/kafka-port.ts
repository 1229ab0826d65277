import { TopicMessage, TopicSettings } from './topic';

/** A message of a topic, maybe with its text as the bytes (UTF-8) that it becomes. */
export type OutgoingMessage = Omit<TopicMessage, 'value'> & { value: string | Buffer };

/** A setting of an existing topic that is not as wanted. */
export interface Difference {
  /** `partitions`, `replicationFactor` or the name of a setting of Kafka. */
  setting: string;
  wanted: string;
  /** Undefined where the broker does not know the setting. */
  actual: string | undefined;
}

export interface TopicReport {
  topic: string;
  created: boolean;
  differences: readonly Difference[];
}

/**
 * All that Luodi wants of a client that writes to Kafka, so that the client can be replaced.
 */
export interface Kafka {
  /** How many brokers are up. @throws KafkaUnavailable */
  brokerCount(): Promise<number>;

  /**
   * Creates the topics that are missing. One that exists is never altered, for others live on it: what differs is
   * reported. Two processes may do this at once. @throws KafkaUnavailable
   */
  ensureTopics(topics: readonly TopicSettings[]): Promise<TopicReport[]>;

  /**
   * The committed value that was written last under a key, as anybody reads it: nobody is disturbed, and what is in a
   * transaction at this moment, or comes after, is not seen. For compacted topics of one partition.
   * @throws KafkaUnavailable
   */
  readLast(topic: string, key: string): Promise<string | undefined>;

  /**
   * The committed values at the ends of topics: of each partition those within its last `most` offsets, none where it is
   * empty. @throws KafkaUnavailable
   */
  readEnds(topics: readonly string[], most: number): Promise<string[]>;

  /**
   * Takes the id over: from now on an older producer of that id is fenced, and what it left open is aborted. Nothing is
   * written before {@link TransactionalProducer.readLast} or a transaction. Who has had the id before, and has told so by
   * `readLast`, gets it again only if nobody else has done the same since. @throws Fenced, KafkaUnavailable
   */
  transactionalProducer(transactionalId: string): Promise<TransactionalProducer>;

  /** Closes what is still open, producers too. */
  close(): Promise<void>;
}

/**
 * One writer. One call at a time: a second one before the first has ended is a RangeError, for the order of two sends in
 * flight is nobody's. After any error, of any kind, it is spent: close it, take another, and read the position again; only
 * the topic knows what was committed. With {@link Fenced} do not: somebody else has taken over.
 */
export interface TransactionalProducer {
  /**
   * The committed value (read_committed) that was written last under a key; undefined when there is none. Kafka cannot be
   * asked for it: a transaction with a marker of its own goes before (a key that no reader takes for data, in the same
   * partition), and the partition is read up to that marker. What a dead predecessor had left open lies before it,
   * aborted. For compacted topics of one partition.
   * @throws Fenced, TransactionAborted, TransactionInDoubt, KafkaUnavailable
   */
  readLast(topic: string, key: string): Promise<string | undefined>;

  /**
   * Writes all messages or none, those of one key in the order given, acknowledged by all replicas in sync. At least one
   * message; for one partition {@link MAX_BATCH_BYTES} at most. Readers of committed records see them right after this resolves.
   * @throws Fenced, TransactionAborted, TransactionInDoubt, MessageTooLarge, KafkaUnavailable
   */
  transaction(messages: readonly OutgoingMessage[]): Promise<void>;

  /** Lets go of the connection; what is open is left to the next producer of the id, or to Kafka's timeout, to abort. */
  close(): Promise<void>;
}

/** Another producer has taken the transactional id. Nothing of this one is written any more: stop, and say so. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor(
    readonly transactionalId: string,
    options?: ErrorOptions,
  ) {
    super(`another producer has taken over the transactional id ${transactionalId}`, options);
  }
}

/** The transaction was not committed, and never will be. */
export class TransactionAborted extends Error {
  override readonly name = 'TransactionAborted';
}

/** The answer to the commit was lost: the messages are in the topics, all of them or none. Read the position. */
export class TransactionInDoubt extends Error {
  override readonly name = 'TransactionInDoubt';
}

/** A message, or those for one partition together, are larger than the topic takes. Trying again does not help. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
}

/** No broker answers, or none lets us in; nothing was written. The cause says why, without any secret. */
export class KafkaUnavailable extends Error {
  override readonly name = 'KafkaUnavailable';
}

/** A topic does not exist, or not any more: {@link Kafka.ensureTopics} makes it. Also as the cause of {@link TransactionAborted}. */
export class TopicMissing extends KafkaUnavailable {}

/** Whether an error of this port says that a topic does not exist. */
export function isTopicMissing(error: unknown): boolean {
  return error instanceof TopicMissing || (error instanceof TransactionAborted && error.cause instanceof TopicMissing);
}
