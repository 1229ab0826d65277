import {
  Fenced,
  Kafka,
  KafkaUnavailable,
  OutgoingMessage,
  TopicReport,
  TransactionAborted,
  TransactionalProducer,
} from '../../libs/topics/kafka-port';
import { TopicMessage, TopicSettings } from '../../libs/topics/topic';

/** Where a call can fail: before anything happened, or when it has happened and only the answer is lost. */
export type Fault = (
  call: 'ensureTopics' | 'open' | 'readLast' | 'transaction',
  happened: boolean,
) => Error | undefined;

/** The port of Kafka without Kafka: a log of committed transactions, takeover, and faults as a test wants them. */
export class MemoryKafka implements Kafka {
  readonly transactions: TopicMessage[][] = [];
  topics: readonly TopicSettings[] = [];
  private readonly epochs = new Map<string, number>();

  constructor(readonly fault: Fault = () => undefined) {}

  get messages(): TopicMessage[] {
    return this.transactions.flat();
  }

  async brokerCount(): Promise<number> {
    return 1;
  }

  async ensureTopics(topics: readonly TopicSettings[]): Promise<TopicReport[]> {
    return this.attempt('ensureTopics', () => {
      this.topics = topics;
      return topics.map(({ name }) => ({ topic: name, created: true, differences: [] }));
    });
  }

  readLast(topic: string, key: string): Promise<string | undefined> {
    return this.attempt('readLast', () => this.last(topic, key));
  }

  async readEnds(topics: readonly string[], most: number): Promise<string[]> {
    return topics.flatMap((topic) => {
      const own = this.messages.filter((message) => message.topic === topic);
      return own.slice(-most).map(({ value }) => value);
    });
  }

  async transactionalProducer(id: string): Promise<TransactionalProducer> {
    const epoch = await this.attempt('open', () => {
      this.epochs.set(id, (this.epochs.get(id) ?? 0) + 1);
      return this.epochs.get(id);
    });
    let isSpent = false;
    const use = async <T>(call: 'readLast' | 'transaction', work: () => T): Promise<T> => {
      if (isSpent) throw new TransactionAborted('spent');
      isSpent = true;
      if (epoch !== this.epochs.get(id)) throw new Fenced(id);
      const result = await this.attempt(call, work);
      isSpent = false;
      return result;
    };
    return {
      readLast: (topic, key) => use('readLast', () => this.last(topic, key)),
      transaction: (messages) => use('transaction', () => void this.transactions.push(messages.map(asText))),
      close: async () => undefined,
    };
  }

  async close(): Promise<void> {}

  private last(topic: string, key: string): string | undefined {
    return this.messages.findLast((message) => message.topic === topic && message.key === key)?.value;
  }

  private async attempt<T>(call: Parameters<Fault>[0], work: () => T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    const before = this.fault(call, false);
    if (before) throw before;
    const result = work();
    const after = this.fault(call, true);
    if (after) throw after;
    return result;
  }
}

function asText(message: OutgoingMessage): TopicMessage {
  return { ...message, value: message.value.toString() };
}

export const unavailable = (): Error => new KafkaUnavailable('no broker answers');
