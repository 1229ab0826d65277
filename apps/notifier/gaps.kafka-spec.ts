import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { Transport } from '@nestjs/microservices';
import { describeKafka, testBrokers } from '../../test/support/kafka';
import { KafkaBatchServer } from './batch-server';

describeKafka('a consumer that was away', () => {
  const kafka = new Kafka({ brokers: testBrokers() ?? [], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  const topic = `test-${randomUUID()}`;
  const groupId = `group-${randomUUID()}`;

  beforeAll(async () => {
    await admin.connect();
    await producer.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
  });
  afterAll(async () => {
    await producer.disconnect();
    await admin.disconnect();
  });

  const publish = (count: number) =>
    producer.send({ topic, messages: Array.from({ length: count }, (_, index) => ({ value: `${index}` })) });
  const forget = (offset: number) =>
    admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: `${offset}` }] });

  /** Reads until its offset is this, and tells what it said about messages that it has missed. */
  async function readTo(offset: number, group = groupId): Promise<string[]> {
    const missed: string[] = [];
    const server = new KafkaBatchServer({
      client: { brokers: testBrokers() ?? [], logLevel: logLevel.NOTHING as number },
      postfixId: '',
      consumer: { groupId: group, maxWaitTimeInMs: 100 },
      subscribe: { fromBeginning: true },
      onGap: (gap) => missed.push(gap),
    });
    expect(server.transportId).toBe(Transport.KAFKA);
    server.addHandler(topic, async () => undefined, true);
    const listening = Promise.withResolvers<void>();
    await server.listen((error?: unknown) => (error ? listening.reject(error) : listening.resolve()));
    await listening.promise;
    const reached = async () => {
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      return offsets?.partitions[0]?.offset === `${offset}`;
    };
    while (!(await reached())) await delay(20);
    await server.close();
    return missed;
  }

  it('says that messages are gone which it has not read, and only then', async () => {
    await publish(3);
    expect(await readTo(3)).toEqual([]);
    await forget(3);
    await publish(2);
    expect(await readTo(5)).toEqual([]);
    await publish(4);
    await forget(7);
    expect(await readTo(9)).toEqual([
      `partition 0 of ${topic} begins at 7, and was read up to 5: the messages between are gone, and are never delivered`,
    ]);
    expect(await readTo(9)).toEqual([]);
  });

  it('says that it does not know, where its offsets are gone as well', async () => {
    expect(await readTo(9, `group-${randomUUID()}`)).toEqual([expect.stringMatching(/begins at 7, and nobody knows/)]);
  });
});
