import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { openKafka } from '../../test/support/kafka';
import { KafkaCluster, startKafka } from '../../test/support/kafka-cluster';
import { live } from '../../test/support/lives';
import { dump, Ground, openGround, PROGRAMME } from '../../test/support/read-models';
import { LIVE } from '../../libs/read-models/generation';
import { project } from '../../libs/read-models/projector';
import { rebuild } from '../../libs/read-models/rebuild';
import { Visibility } from '../../libs/read-models/wait-for';
import { KafkaJsGroups } from '../../libs/topics/kafkajs/kafkajs-groups';
import { relay } from '../../libs/topics/relay';
import { TOPICS } from '../../libs/topics/topics';
import { TopicSource } from './topic-source';

const PATIENCE_MS = 60_000;
const RELAY = 'relay';
const SOURCE = '/luodi/remade';

/** Where there is no Java, none of these can run; the global setup has said so. */
const withKafka = process.env.TEST_KAFKA_BROKERS ? describe : describe.skip;

// A broker of its own, which loses all that it holds.
withKafka('topics that were lost with their broker, and are made anew', () => {
  let cluster: KafkaCluster;
  let ground: Ground;
  let visibility: Visibility;
  const running: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    [cluster, ground] = await Promise.all([startKafka(), openGround()]);
    visibility = new Visibility(ground.url, ground.pool, ground.store);
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
    await visibility.close();
    await Promise.all([cluster.stop(), ground.close()]);
  });

  function run(work: (signal: AbortSignal) => Promise<void>) {
    const aborting = new AbortController();
    const done = work(aborting.signal);
    done.catch(() => undefined);
    const stop = async () => {
      aborting.abort();
      await done;
    };
    running.push(() => stop().catch(() => undefined));
    return { stop };
  }

  const publish = () =>
    run(async (signal) => {
      const kafka = openKafka(cluster.brokers);
      const origin = { source: SOURCE, publicUrl: 'https://luodi.example' };
      const { store } = ground;
      await relay({ name: RELAY, store, kafka, origin }, signal).finally(() => kafka.close());
    });

  const onTopic = () =>
    run(async (signal) => {
      const kafka = new KafkaJsGroups({ brokers: cluster.brokers }, () => undefined);
      const { store, projections: pool } = ground;
      const topic = new TopicSource({ kafka, store, group: 'projector', relay: RELAY, source: SOURCE });
      await project({ pool, store, programme: PROGRAMME, topic }, signal).finally(() => kafka.close());
    });

  const visible = async () => visibility.waitFor((await ground.store.head()) as string, PATIENCE_MS);
  const liveSome = async (count: number) => {
    for (let each = 0; each < count; each += 1) await live(ground.store, `project-${randomUUID()}`);
  };

  async function lose(): Promise<void> {
    const admin = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const names = new Set(TOPICS.map(({ name }) => name));
    await admin.deleteTopics({ topics: [...names] });
    while ((await admin.listTopics()).some((topic) => names.has(topic))) await delay(50);
    await admin.disconnect();
  }

  async function expectAsFromTheStore(): Promise<void> {
    const before = await dump(ground.pool, LIVE);
    await rebuild({ pool: ground.projections, store: ground.store, programme: PROGRAMME });
    expect(before.projects).toHaveLength((await dump(ground.pool, LIVE)).projects!.length);
    expect(before).toEqual(await dump(ground.pool, LIVE));
  }

  it('are read from their beginning by a projector that was away', async () => {
    const relaying = publish();
    const projector = onTopic();
    // In many transactions, which leave their marks: the topics will be shorter.
    for (let each = 0; each < 10; each += 1) {
      await liveSome(2);
      await visible();
    }
    await projector.stop();
    await relaying.stop();
    await lose();
    publish();
    await liveSome(5);
    onTopic();
    await visible();
    await expectAsFromTheStore();
  });

  it('and by one that works', async () => {
    const relaying = publish();
    onTopic();
    for (let each = 0; each < 10; each += 1) {
      await liveSome(2);
      await visible();
    }
    await relaying.stop();
    await lose();
    publish();
    await liveSome(5);
    await visible();
    await expectAsFromTheStore();
  });
});
