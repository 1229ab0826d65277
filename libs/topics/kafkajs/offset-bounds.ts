import { Cluster, PartitionAssigners } from 'kafkajs';
import { GroupBounds } from '../group-port';
import { KafkaUnavailable } from '../kafka-port';
import { OpenClient } from './client';
import { protocolError, unavailable } from './failures';

/**
 * Asks where partitions begin and end. The admin client of kafkajs says where the last transaction that is finished
 * ends: just after a commit that may be before messages which other partitions show already. Only what reads uncommitted
 * is told the real end (high watermark), and only a consumer can; so this is one that never joins its group.
 */
export class OffsetBounds {
  private opened: Promise<{ client: OpenClient; cluster: Cluster }> | undefined;

  constructor(private readonly open: () => OpenClient) {}

  async of(topics: readonly string[]): Promise<GroupBounds[]> {
    this.opened ??= this.connect();
    const { opened } = this;
    try {
      const { cluster } = await opened;
      await cluster.addMultipleTargetTopics([...topics]);
      await cluster.refreshMetadataIfNecessary();
      const [high, low] = await Promise.all([offsets(cluster, topics, false), offsets(cluster, topics, true)]);
      return high.map((end) => {
        const begin = low.find(({ topic, partition }) => topic === end.topic && partition === end.partition);
        return { topic: end.topic, partition: end.partition, low: begin?.offset ?? 0n, high: end.offset };
      });
    } catch (error) {
      // Another broker may lead now: everything is asked anew.
      if (this.opened === opened) this.forget();
      throw protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION' ? missing(topics, error) : unavailable(error);
    }
  }

  /** Everything is asked anew the next time, also which partitions there are: kafkajs would go by what it knows for minutes. */
  forget(): void {
    void this.opened?.then(({ client }) => client.destroy()).catch(() => undefined);
    this.opened = undefined;
  }

  private async connect(): Promise<{ client: OpenClient; cluster: Cluster }> {
    const client = this.open();
    const clusters: Cluster[] = [];
    const consumer = client.kafka.consumer({
      groupId: 'luodi-bounds',
      readUncommitted: true,
      allowAutoTopicCreation: false,
      partitionAssigners: [(config) => (clusters.push(config.cluster), PartitionAssigners.roundRobin(config))],
    });
    try {
      await consumer.connect();
      const [cluster] = clusters;
      if (!cluster) throw new Error('kafkajs has not shown its cluster');
      return { client, cluster };
    } catch (error) {
      client.destroy();
      throw error;
    }
  }
}

async function offsets(cluster: Cluster, topics: readonly string[], fromBeginning: boolean) {
  const wanted = topics.map((topic) => {
    const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId: partition }) => ({ partition }));
    return { topic, partitions, fromBeginning };
  });
  const found = await cluster.fetchTopicsOffset(wanted);
  return found.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
  );
}

function missing(topics: readonly string[], cause: unknown): KafkaUnavailable {
  return new KafkaUnavailable(`one of the topics ${topics.join(', ')} does not exist: the relay makes them`, { cause });
}
