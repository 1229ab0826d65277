import { randomUUID } from 'node:crypto';
import { Admin } from 'kafkajs';
import { KafkaAccess } from '../kafka-access';
import { Kafka, KafkaUnavailable, TopicReport, TransactionalProducer } from '../kafka-port';
import { TopicSettings } from '../topic';
import { KafkaLog, OpenClient, openClient } from './client';
import { ensureTopics } from './ensure-topics';
import { unavailable } from './failures';
import { endsOf, valuesIn } from './read-ends';
import { readLast } from './read-last';
import { Identity, KafkaJsProducer } from './kafkajs-producer';

/** {@link Kafka} on kafkajs. Nothing is connected until first use. */
export class KafkaJs implements Kafka {
  private readonly clients = new Set<OpenClient>();
  private readonly owner = randomUUID();
  private readonly identities = new Map<string, Identity>();

  constructor(
    private readonly access: KafkaAccess,
    private readonly log: KafkaLog,
  ) {}

  brokerCount(): Promise<number> {
    return this.asAdmin(async (admin) => (await admin.describeCluster()).brokers.length);
  }

  ensureTopics(topics: readonly TopicSettings[]): Promise<TopicReport[]> {
    return this.asAdmin((admin) => ensureTopics(admin, topics));
  }

  async readLast(topic: string, key: string): Promise<string | undefined> {
    // To this client the end is that of the last transaction that is finished: nobody has to wait for one that is not.
    const [bounds] = await this.asAdmin((admin) => admin.fetchTopicOffsets(topic));
    if (!bounds || bounds.high === bounds.low) return undefined;
    return readLast(() => this.open(), { topic, key, before: BigInt(bounds.high) }).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  async readEnds(topics: readonly string[], most: number): Promise<string[]> {
    const windows = await this.asAdmin((admin) => endsOf(admin, topics, most));
    return valuesIn(() => this.open(), windows).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  transactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    const identity = this.identities.get(transactionalId) ?? { transactionalId, owner: this.owner };
    this.identities.set(transactionalId, identity);
    return KafkaJsProducer.open(identity, () => this.open());
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
  }

  private open(): OpenClient {
    const client = openClient(this.access, this.log, () => this.clients.delete(client));
    this.clients.add(client);
    return client;
  }

  private async asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const client = this.open();
    const admin = client.kafka.admin();
    try {
      await admin.connect();
      return await work(admin);
    } catch (error) {
      throw error instanceof KafkaUnavailable ? error : unavailable(error);
    } finally {
      client.destroy();
    }
  }
}
