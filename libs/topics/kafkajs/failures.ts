import {
  Fenced,
  KafkaUnavailable,
  MessageTooLarge,
  TopicMissing,
  TransactionAborted,
  TransactionInDoubt,
} from '../kafka-port';

/** kafkajs 2.2.4 does not know the second, which only newer protocol versions use. */
const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED']);
const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Kafka's name of the error that lies under an error of kafkajs; undefined when no broker has answered. */
export function protocolError(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('type' in cause && typeof cause.type === 'string') return cause.type;
  }
  return undefined;
}

/** Whether a broker has refused messages for their size. */
export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.has(protocolError(error) ?? '');
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What stopped a producer that was at work, and since when it was in that transaction. */
export interface Interruption {
  transactionalId: string;
  /** Instant (ms since 1970) before the transaction's first request; undefined outside a transaction. */
  since: number | undefined;
  /** The broker has taken a message of it. */
  hasBegun: boolean;
  /** After which the broker ends a transaction by itself. */
  timeoutMs: number;
}

/**
 * An error of kafkajs in the port's terms. Brokers say "invalid epoch" both to a producer whose id another one has taken
 * over and to one whose transaction they have ended because it took too long; only the clock can tell them apart. While
 * they are still ending it, they speak of a concurrent transaction: who then took the id back would fence the newer one.
 */
export function failureOf(
  error: unknown,
  { transactionalId, since = Date.now(), hasBegun, timeoutMs }: Interruption,
): Fenced | MessageTooLarge | TransactionAborted {
  const type = protocolError(error) ?? '';
  const options = { cause: error };
  if (isTooLarge(error)) return new MessageTooLarge(reasonOf(error), options);
  if (type === MISSING) return new TransactionAborted(reasonOf(error), { cause: unavailable(error) });
  const isEnded = FENCED.has(type) || (hasBegun && type === 'CONCURRENT_TRANSACTIONS');
  if (!isEnded) return new TransactionAborted(reasonOf(error), options);
  if (Date.now() - since < timeoutMs) return new Fenced(transactionalId, options);
  return new TransactionAborted(
    `the transaction took longer than ${timeoutMs} ms, and was ended by the broker`,
    options,
  );
}

/** As {@link failureOf}, for an error in place of the answer to a commit. */
export function commitFailureOf(error: unknown, interruption: Interruption): Error {
  const failure = failureOf(error, interruption);
  // Whoever refuses an epoch commits nothing; every other answer may have come after the commit.
  const isRefused = failure instanceof Fenced || FENCED.has(protocolError(error) ?? '');
  return isRefused ? failure : new TransactionInDoubt(reasonOf(error), { cause: error });
}

export function unavailable(error: unknown): KafkaUnavailable {
  const isMissing = protocolError(error) === MISSING;
  return new (isMissing ? TopicMissing : KafkaUnavailable)(reasonOf(error), { cause: error });
}
