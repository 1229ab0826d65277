import { setTimeout as sleep } from 'node:timers/promises';
import { CompressionTypes, Message, Producer, Transaction } from 'kafkajs';
import { Fenced, OutgoingMessage, TransactionAborted, TransactionalProducer } from '../kafka-port';
import { OpenClient } from './client';
import { commitFailureOf, failureOf, protocolError, unavailable } from './failures';
import { partitioner } from './partitioner';
import { readLast } from './read-last';
import { isOvertaken, takeoverRecord } from './takeover';

/** The broker ends a transaction that is open for longer; its readers wait so long for a relay that died and stays dead. */
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Until the broker has finished the transaction before, which takes it milliseconds. */
const OPENING = { pauseMs: 3, patienceMs: 30_000 };
const FAREWELL_MS = 1_000;

type Outgoing = Message & { topic: string };

/** What one process knows of an id, from one producer to the next. */
export interface Identity {
  transactionalId: string;
  /** The process. */
  owner: string;
  /** A record by which it still had the id: of its last takeover, or later. */
  held?: { topic: string; offset: bigint };
}

/** {@link TransactionalProducer} on kafkajs. */
export class KafkaJsProducer implements TransactionalProducer {
  private isBusy = false;
  private isSpent = false;

  /** Begun, but nothing is sent: kafkajs takes the id over when it begins its first one. */
  private begun: Transaction | undefined;

  private constructor(
    private readonly identity: Identity,
    private readonly client: OpenClient,
    private readonly producer: Producer,
    private readonly openAnother: () => OpenClient,
  ) {}

  /** `open` makes a client for itself, and others to read with. */
  static async open(identity: Identity, open: () => OpenClient): Promise<KafkaJsProducer> {
    await assertHeld(identity, open);
    const { transactionalId } = identity;
    const client = open();
    const producer = client.kafka.producer({
      transactionalId,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: partitioner,
      // When one broker of several fails, kafkajs would send again what another is still writing, as new messages.
      retry: { retries: 0 },
    });
    try {
      await producer.connect();
      const opened = new KafkaJsProducer(identity, client, producer, open);
      opened.begun = await producer.transaction();
      return opened;
    } catch (error) {
      client.destroy();
      throw unavailable(error);
    }
  }

  async readLast(topic: string, key: string): Promise<string | undefined> {
    return this.alone(async () => {
      const before = await this.write([takeoverRecord({ ...this.identity, topic })]);
      this.identity.held = { topic, offset: before };
      return readLast(this.openAnother, { topic, key, before }).catch((error: unknown) => {
        throw unavailable(error);
      });
    });
  }

  async transaction(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.alone(async () => {
      const offset = await this.write(messages);
      const { held } = this.identity;
      // Who commits has the id: nobody can have taken it over before this record.
      if (held && held.topic === messages[0]?.topic) held.offset = offset;
    });
  }

  async close(): Promise<void> {
    this.isSpent = true;
    // What it still waits for is nobody's concern any more.
    const closed = this.producer.disconnect().catch(() => undefined);
    if (!this.isBusy) await Promise.race([closed, sleep(FAREWELL_MS, undefined, { ref: false })]);
    this.client.destroy();
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.isBusy) throw new RangeError('one transaction at a time');
    if (this.isSpent) throw new TransactionAborted('this producer has failed before: take another');
    this.isBusy = true;
    try {
      return await work();
    } catch (error) {
      this.isSpent = true;
      throw error;
    } finally {
      this.isBusy = false;
    }
  }

  /** One transaction. @returns the offset of the first message */
  private async write([first, ...rest]: readonly Outgoing[]): Promise<bigint> {
    if (!first) throw new RangeError('a transaction of no messages');
    const { transactionalId } = this.identity;
    const since = Date.now();
    const interruption = { transactionalId, since, hasBegun: false, timeoutMs: TRANSACTION_TIMEOUT_MS };
    const transaction = await this.begin();
    let offset: string | undefined;
    try {
      offset = await openWith(transaction, first);
      interruption.hasBegun = true;
      if (rest.length > 0) {
        await transaction.sendBatch({ topicMessages: byTopic(rest), compression: CompressionTypes.GZIP });
      }
    } catch (error) {
      throw failureOf(error, interruption);
    }
    await transaction.commit().catch((error: unknown) => {
      throw commitFailureOf(error, interruption);
    });
    return BigInt(offset ?? -1);
  }

  private async begin(): Promise<Transaction> {
    const begun = this.begun ?? (await this.producer.transaction());
    this.begun = undefined;
    return begun;
  }
}

/**
 * Whose producer has failed may not know that another one was the cause: then the id is not to be taken back. Brokers do not
 * always say so: an EndTxn that meets the takeover is answered with UNKNOWN_SERVER_ERROR.
 */
async function assertHeld({ held, ...identity }: Identity, open: () => OpenClient): Promise<void> {
  if (!held) return;
  const overtaken = await isOvertaken(open, { ...identity, ...held }).catch((error: unknown) => {
    throw unavailable(error);
  });
  if (overtaken) throw new Fenced(identity.transactionalId);
}

/**
 * Sends the first message alone. The broker refuses it while it is still finishing the transaction before; were there
 * messages for several brokers in this send, some would be refused and others not, and nobody could send them again.
 */
async function openWith(transaction: Transaction, { topic, ...message }: Outgoing): Promise<string | undefined> {
  const deadline = Date.now() + OPENING.patienceMs;
  for (;;) {
    try {
      const [written] = await transaction.send({ topic, messages: [message], compression: CompressionTypes.GZIP });
      return written?.baseOffset;
    } catch (error) {
      if (protocolError(error) !== 'CONCURRENT_TRANSACTIONS' || Date.now() > deadline) throw error;
    }
    await sleep(OPENING.pauseMs);
  }
}

function byTopic(messages: readonly Outgoing[]): { topic: string; messages: Message[] }[] {
  const grouped = Map.groupBy(messages, ({ topic }) => topic);
  return [...grouped].map(([topic, own]) => ({ topic, messages: own }));
}
