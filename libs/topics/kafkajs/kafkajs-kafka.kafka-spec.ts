import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka as Client, logLevel } from 'kafkajs';
import { describeKafka, openKafka, readCommitted, testBrokers } from '../../../test/support/kafka';
import {
  Fenced,
  isTopicMissing,
  KafkaUnavailable,
  MessageTooLarge,
  TransactionAborted,
  TransactionalProducer,
} from '../kafka-port';
import { TopicMessage, TopicSettings } from '../topic';
import { KafkaJsGroups } from './kafkajs-groups';

function topic(settings: Record<string, string> = {}, partitions = 1): TopicSettings {
  return { name: `test-${randomUUID()}`, partitions, replicationFactor: 1, settings };
}

function message({ name }: TopicSettings, key: string, text: string): TopicMessage {
  return { topic: name, key, value: JSON.stringify({ text }), headers: { 'content-type': 'application/json' } };
}

describeKafka('Kafka by kafkajs', () => {
  const brokers = testBrokers() as string[];
  const kafka = openKafka();
  const opened: TransactionalProducer[] = [];

  const open = async (id: string) => {
    const producer = await kafka.transactionalProducer(id);
    opened.push(producer);
    return producer;
  };
  const texts = async ({ name }: TopicSettings) => {
    const records = await readCommitted(brokers, [name]);
    return records.flatMap(({ value }) => (value === null ? [] : [(JSON.parse(value) as { text: string }).text]));
  };

  afterEach(async () => {
    for (const producer of opened.splice(0)) await producer.close();
  });
  afterAll(() => kafka.close());

  describe('topics', () => {
    it('are created with their settings when they are missing, and never again', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact', 'retention.ms': '-1' }, 3);
      expect(await kafka.ensureTopics([wanted])).toEqual([{ topic: wanted.name, created: true, differences: [] }]);
      expect(await kafka.ensureTopics([wanted])).toEqual([{ topic: wanted.name, created: false, differences: [] }]);
    });

    it('that differ are reported, not altered', async () => {
      const made = topic({ 'cleanup.policy': 'delete', 'retention.ms': '1000' });
      await kafka.ensureTopics([made]);
      const wanted = { ...made, partitions: 12, settings: { ...made.settings, 'retention.ms': '-1' } };
      const report = [
        {
          topic: made.name,
          created: false,
          differences: [
            { setting: 'partitions', wanted: '12', actual: '1' },
            { setting: 'retention.ms', wanted: '-1', actual: '1000' },
          ],
        },
      ];
      expect(await kafka.ensureTopics([wanted])).toEqual(report);
      expect(await kafka.ensureTopics([wanted])).toEqual(report);
    });

    it('are created once by two at the same moment', async () => {
      const wanted = [topic({}, 2), topic()];
      const reports = await Promise.all([kafka.ensureTopics(wanted), kafka.ensureTopics(wanted)]);
      for (const { name } of wanted) {
        const created = reports.flat().filter((report) => report.topic === name && report.created);
        expect(created).toHaveLength(1);
      }
    });

    it('take messages from the moment in which they are said to be there', async () => {
      for (let round = 0; round < 10; round += 1) {
        const wanted = topic({}, 12);
        await kafka.ensureTopics([wanted]);
        const producer = await open(randomUUID());
        await producer.transaction([message(wanted, 'a', 'one'), message(wanted, 'b', 'two')]);
      }
    });

    it('that cannot be created say why', async () => {
      const wanted = { ...topic(), replicationFactor: 7 };
      await expect(kafka.ensureTopics([wanted])).rejects.toThrow(KafkaUnavailable);
      await expect(kafka.ensureTopics([wanted])).rejects.toThrow(
        new RegExp(`topic ${wanted.name} \\(1 partitions, 7 replicas\\) cannot be created: Replication`),
      );
    });
  });

  describe('a transaction', () => {
    it('is read whole, each key in its order', async () => {
      const wanted = [topic({}, 4), topic()] as const;
      await kafka.ensureTopics(wanted);
      const producer = await open(randomUUID());
      const lines = Array.from({ length: 200 }, (_, index) => message(wanted[0], `key-${index % 7}`, `${index}`));
      await producer.transaction([...lines.slice(0, 100), message(wanted[1], 'a', 'first')]);
      await producer.transaction([message(wanted[1], 'a', 'second'), ...lines.slice(100)]);
      const records = await readCommitted(brokers, [wanted[0].name]);
      const byKey = Map.groupBy(records, ({ key }) => key);
      expect(byKey.size).toBe(7);
      for (const [key, own] of byKey) {
        const expected = lines.filter((line) => line.key === key);
        expect(own.map(({ value }) => value)).toEqual(expected.map(({ value }) => value));
        expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
        expect(own[0]?.headers).toEqual({ 'content-type': 'application/json' });
      }
      expect(await texts(wanted[1])).toEqual(['first', 'second']);
    });

    it('is read by the tests also where somebody else has one open before it', async () => {
      const wanted = topic();
      await kafka.ensureTopics([wanted]);
      const client = new Client({ brokers, logLevel: logLevel.NOTHING });
      const slow = client.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1 });
      await slow.connect();
      const opened = await slow.transaction();
      await opened.send({ topic: wanted.name, messages: [{ key: 'a', value: '{}' }] });
      const producer = await open(randomUUID());
      await producer.transaction([message(wanted, 'a', 'behind it')]);
      const reading = texts(wanted);
      // Who does not wait for the other one is through by then; who does, loses nothing by it.
      await Promise.race([reading, delay(1_000)]);
      await opened.abort();
      expect(await reading).toEqual(['behind it']);
      await slow.disconnect();
    });

    it('runs alone', async () => {
      const wanted = topic();
      await kafka.ensureTopics([wanted]);
      const producer = await open(randomUUID());
      const running = producer.transaction([message(wanted, 'a', 'one')]);
      await expect(producer.transaction([message(wanted, 'a', 'two')])).rejects.toThrow(RangeError);
      await running;
    });

    it('of a producer that has been overtaken is fenced, and leaves nothing', async () => {
      const wanted = topic();
      await kafka.ensureTopics([wanted]);
      const id = randomUUID();
      const older = await open(id);
      await older.transaction([message(wanted, 'a', 'by the older')]);
      const newer = await open(id);
      await expect(older.transaction([message(wanted, 'a', 'too late')])).rejects.toThrow(Fenced);
      await expect(older.transaction([message(wanted, 'a', 'still')])).rejects.toThrow(TransactionAborted);
      await newer.transaction([message(wanted, 'a', 'by the newer')]);
      expect(await texts(wanted)).toEqual(['by the older', 'by the newer']);
    });

    it('too large for the topic says so, and its producer is spent', async () => {
      const wanted = topic({ 'max.message.bytes': '2000' });
      await kafka.ensureTopics([wanted]);
      const producer = await open(randomUUID());
      const noise = Array.from({ length: 500 }, () => randomUUID()).join();
      await expect(producer.transaction([message(wanted, 'a', 'small'), message(wanted, 'a', noise)])).rejects.toThrow(
        MessageTooLarge,
      );
      await expect(producer.transaction([message(wanted, 'a', 'next')])).rejects.toThrow(TransactionAborted);
      const next = await open(randomUUID());
      await next.transaction([message(wanted, 'a', 'of another id')]);
    });

    it('to a topic that is not there is aborted, and creates none', async () => {
      const producer = await open(randomUUID());
      await expect(producer.transaction([message(topic(), 'a', 'nowhere')])).rejects.toThrow(TransactionAborted);
    });
  });

  describe('the last value of a key', () => {
    it('is undefined where there is none', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      const producer = await open(randomUUID());
      expect(await producer.readLast(wanted.name, 'a')).toBeUndefined();
      await producer.transaction([message(wanted, 'b', 'of another key')]);
      expect(await producer.readLast(wanted.name, 'a')).toBeUndefined();
    });

    it('is found near the end and far from it', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      const producer = await open(randomUUID());
      await producer.transaction([message(wanted, 'a', 'old'), message(wanted, 'b', 'old')]);
      await producer.transaction([message(wanted, 'a', 'new')]);
      expect(await producer.readLast(wanted.name, 'a')).toBe('{"text":"new"}');
      const many = Array.from({ length: 3_000 }, (_, index) => message(wanted, 'c', `${index}`));
      await producer.transaction(many);
      expect(await producer.readLast(wanted.name, 'c')).toBe('{"text":"2999"}');
      expect(await producer.readLast(wanted.name, 'b')).toBe('{"text":"old"}');
    });

    it('is what was committed, not what a dead predecessor has left open', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      const id = randomUUID();
      await (await open(id)).transaction([message(wanted, 'a', 'committed')]);
      // Without commit and without farewell.
      const client = new Client({ brokers, logLevel: logLevel.NOTHING });
      const dead = client.producer({ transactionalId: id, maxInFlightRequests: 1, retry: { initialRetryTime: 5 } });
      await dead.connect();
      const { topic: name, ...open_ } = message(wanted, 'a', 'never committed');
      await (await dead.transaction()).send({ topic: name, messages: [open_] });
      const successor = await open(id);
      expect(await successor.readLast(wanted.name, 'a')).toBe('{"text":"committed"}');
      await dead.disconnect();
    });
  });

  describe('the last value of a key, read as anybody reads it,', () => {
    /** The broker answers a commit before it has told the partitions, which show the transaction a moment later. */
    async function untilLast({ name }: { name: string }, key: string, text: string): Promise<void> {
      while ((await kafka.readLast(name, key)) !== JSON.stringify({ text }));
    }

    it('is undefined where there is none, and the last one elsewhere', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      expect(await kafka.readLast(wanted.name, 'a')).toBeUndefined();
      const producer = await open(randomUUID());
      await producer.transaction([message(wanted, 'a', 'old'), message(wanted, 'b', 'old')]);
      await producer.transaction([message(wanted, 'a', 'new')]);
      await untilLast(wanted, 'a', 'new');
      expect(await kafka.readLast(wanted.name, 'b')).toBe('{"text":"old"}');
      expect(await kafka.readLast(wanted.name, 'c')).toBeUndefined();
    });

    it('disturbs nobody who writes it, and waits for nobody who has not committed', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      const id = randomUUID();
      const producer = await open(id);
      await producer.transaction([message(wanted, id, 'first')]);
      await untilLast(wanted, id, 'first');
      const client = new Client({ brokers, logLevel: logLevel.NOTHING });
      const other = client.producer({ transactionalId: randomUUID(), maxInFlightRequests: 1 });
      await other.connect();
      const opened = await other.transaction();
      const { topic: name, ...open_ } = message(wanted, id, 'not committed');
      await opened.send({ topic: name, messages: [open_] });
      expect(await kafka.readLast(wanted.name, id)).toBe('{"text":"first"}');
      await opened.abort();
      await other.disconnect();
      expect(await kafka.readLast(wanted.name, id)).toBe('{"text":"first"}');
      await producer.transaction([message(wanted, id, 'second')]);
      await untilLast(wanted, id, 'second');
    });

    it('is found where a record without a transaction is the last of all', async () => {
      const wanted = topic({ 'cleanup.policy': 'compact' });
      await kafka.ensureTopics([wanted]);
      const client = new Client({ brokers, logLevel: logLevel.NOTHING });
      const plain = client.producer();
      await plain.connect();
      const { topic: name, ...message_ } = message(wanted, 'a', 'mirrored');
      await plain.send({ topic: name, messages: [message_] });
      await plain.disconnect();
      expect(await kafka.readLast(wanted.name, 'a')).toBe('{"text":"mirrored"}');
    });
  });

  it('reads the ends of all partitions of topics', async () => {
    const [spread, single, empty] = [topic({}, 4), topic(), topic({}, 2)];
    const names = [spread.name, single.name, empty.name];
    await kafka.ensureTopics([spread, single, empty]);
    expect(await kafka.readEnds(names, 5)).toEqual([]);
    const producer = await open(randomUUID());
    const spreadOut = Array.from({ length: 40 }, (_, index) => message(spread, `key-${index}`, `${index}`));
    await producer.transaction([message(single, 'a', 'first'), ...spreadOut, message(single, 'a', 'last')]);
    const all = [...spreadOut, message(single, 'a', 'first'), message(single, 'a', 'last')].map(({ value }) => value);
    expect((await kafka.readEnds(names, 1_000)).sort()).toEqual(all.sort());
    // The mark of the transaction stands last.
    expect(await kafka.readEnds([single.name], 2)).toEqual(['{"text":"last"}']);
  });

  it('says that a topic is missing', async () => {
    const missing = topic();
    const producer = await open(randomUUID());
    const failures = [producer.transaction([message(missing, 'a', 'one')]), kafka.readLast(missing.name, 'a')];
    for (const failure of failures) expect(isTopicMissing(await failure.catch((error: unknown) => error))).toBe(true);
    expect(isTopicMissing(new TransactionAborted('for another reason'))).toBe(false);
  });

  describe('an id that was had before', () => {
    const wanted = topic({ 'cleanup.policy': 'compact' });
    beforeAll(() => kafka.ensureTopics([wanted]));

    it('is had again, and again', async () => {
      const id = randomUUID();
      for (let time = 0; time < 3; time += 1) {
        const producer = await open(id);
        await producer.readLast(wanted.name, id);
        await producer.transaction([message(wanted, id, `${time}`)]);
      }
      expect(await (await open(id)).readLast(wanted.name, id)).toBe('{"text":"2"}');
    });

    it('is not taken back from somebody else, and whoever is new gets it', async () => {
      const id = randomUUID();
      await (await open(id)).readLast(wanted.name, id);
      const others = [openKafka(), openKafka()] as const;
      const newer = await others[0].transactionalProducer(id);
      await newer.readLast(wanted.name, id);
      await expect(kafka.transactionalProducer(id)).rejects.toThrow(Fenced);
      await newer.transaction([message(wanted, id, 'by the newer')]);
      const newest = await others[1].transactionalProducer(id);
      expect(await newest.readLast(wanted.name, id)).toBe('{"text":"by the newer"}');
      for (const producer of [newer, newest]) await producer.close();
      for (const other of others) await other.close();
    });
  });

  it('knows of partitions that were added, once a membership has ended', async () => {
    const wanted = topic();
    await kafka.ensureTopics([wanted]);
    const groups = new KafkaJsGroups({ brokers }, () => undefined);
    const handler = { begin: () => Promise.resolve([]), take: () => Promise.resolve(true) };
    const membership = { group: randomUUID(), shared: [wanted.name], everyones: [] };
    expect(await groups.bounds([wanted.name])).toHaveLength(1);
    const admin = new Client({ brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: wanted.name, count: 3 }] });
    // Their leaders hear of it a moment later. Who asks for the first time asks everything.
    const areLed = async () => {
      const others = new KafkaJsGroups({ brokers }, () => undefined);
      const found = await others.bounds([wanted.name]).catch((error: unknown) => expectUnavailable(error));
      await others.close();
      return found.length === 3;
    };
    while (!(await areLed()));
    await groups.read(membership, handler, AbortSignal.abort());
    expect(await groups.bounds([wanted.name])).toHaveLength(3);
    await admin.disconnect();
    await groups.close();
  });

  it('says that no broker answers', async () => {
    const nowhere = openKafka(['127.0.0.1:1']);
    await expect(nowhere.brokerCount()).rejects.toThrow(KafkaUnavailable);
    await expect(nowhere.transactionalProducer('a')).rejects.toThrow(/ECONNREFUSED/);
    await nowhere.close();
  });
});

function expectUnavailable(error: unknown): [] {
  expect(error).toBeInstanceOf(KafkaUnavailable);
  return [];
}
