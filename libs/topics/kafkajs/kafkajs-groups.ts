import { setTimeout as sleep } from 'node:timers/promises';
import { GroupBounds, GroupHandler, KafkaGroups, Membership } from '../group-port';
import { KafkaAccess } from '../kafka-access';
import { assigner } from './assigner';
import { KafkaLog, OpenClient, openClient } from './client';
import { unavailable } from './failures';
import { GroupSession } from './group-session';
import { OffsetBounds } from './offset-bounds';
import { readLast } from './read-last';

const SETTINGS = {
  allowAutoTopicCreation: false,
  readUncommitted: false,
  /** A killed member's partitions go to another after this long. */
  sessionTimeout: 10_000,
  heartbeatInterval: 1_000,
  /** How long the broker keeps a request when there is nothing new. */
  maxWaitTimeInMs: 250,
  /** Of one answer: a batch may be 8 MiB, and comes whole in any case. */
  maxBytesPerPartition: 2 * 1024 * 1024,
  /** As all clients; what fails for longer is begun anew by whoever reads, who can tell it. */
  retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5, restartOnFailure: () => Promise.resolve(false) },
};
const FAREWELL_MS = 3_000;

/** {@link KafkaGroups} on kafkajs. Nothing is connected until first use. */
export class KafkaJsGroups implements KafkaGroups {
  private readonly clients = new Set<OpenClient>();
  private readonly offsets = new OffsetBounds(() => this.open());

  constructor(
    private readonly access: KafkaAccess,
    private readonly log: KafkaLog,
  ) {}

  bounds(topics: readonly string[]): Promise<GroupBounds[]> {
    return this.offsets.of(topics);
  }

  async readLast(topic: string, key: string, before: bigint): Promise<string | undefined> {
    return readLast(() => this.open(), { topic, key, before }).catch((error: unknown) => {
      throw unavailable(error);
    });
  }

  async read(
    { group: groupId, shared, everyones }: Membership,
    handler: GroupHandler,
    signal: AbortSignal,
  ): Promise<void> {
    const client = this.open();
    const consumer = client.kafka.consumer({ ...SETTINGS, groupId, partitionAssigners: [assigner(everyones)] });
    const session = new GroupSession(consumer, handler, everyones, (topics) => this.bounds(topics));
    try {
      await session.connect([...shared, ...everyones]);
      await session.run(signal);
    } finally {
      session.end();
      // What is at work is finished; then the group is told, so that others take over at once.
      const left = consumer.disconnect().catch(() => undefined);
      await Promise.race([left, sleep(FAREWELL_MS, undefined, { ref: false })]);
      client.destroy();
      this.offsets.forget();
      await session.idle();
    }
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
  }

  private open(): OpenClient {
    const client = openClient(this.access, this.log, () => this.clients.delete(client));
    this.clients.add(client);
    return client;
  }
}
