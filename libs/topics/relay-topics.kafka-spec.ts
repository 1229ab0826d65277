import { Admin, ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { setTimeout as delay } from 'node:timers/promises';
import { describeOwnKafka, openKafka } from '../../test/support/kafka';
import { KafkaCluster, startKafka } from '../../test/support/kafka-cluster';
import { live } from '../../test/support/lives';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { expectPublished } from '../../test/support/published';
import { PROJECT_EVENTS } from './project-events.topic';
import { relay } from './relay';
import { RELAY_POSITIONS } from './relay-positions.topic';
import { RelayStopped } from './relay-stopped';

/** Topics are deleted: on a cluster of its own. */
describeOwnKafka('a relay and its topics', () => {
  const origin = { source: '/luodi/topics', publicUrl: 'https://luodi.example' };
  const store = new MemoryEventStore();
  let cluster: KafkaCluster;
  let admin: Admin;
  let position: string | undefined;

  beforeAll(async () => {
    cluster = await startKafka();
    admin = new Kafka({ brokers: cluster.brokers, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  }, 200_000);
  afterAll(async () => {
    await admin?.disconnect();
    await cluster?.stop();
  });

  /** Works until `stop`. */
  function start() {
    position = undefined;
    const [kafka, stopping] = [openKafka(cluster.brokers), new AbortController()];
    const observer = {
      onStart: (at?: string) => void (position = at),
      onPublished: (published: { position: string }) => void (position = published.position),
    };
    const running = relay({ name: 'relay', store, kafka, origin, observer }, stopping.signal);
    const ended = running.finally(() => kafka.close());
    ended.catch(() => undefined);
    return {
      ended,
      caughtUp: async () => {
        while (position !== (await store.head())) await Promise.race([delay(10), ended]);
      },
      stop: async () => {
        stopping.abort();
        await ended;
      },
    };
  }

  it('that were made with the defaults of a broker stops until positions are kept', async () => {
    await admin.createTopics({ topics: [{ topic: RELAY_POSITIONS.name, numPartitions: 1 }] });
    await live(store, 'project-1');
    await expect(start().ended).rejects.toThrow(/has cleanup\.policy=delete/);
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    const topic = { type: ConfigResourceTypes.TOPIC, name: RELAY_POSITIONS.name, configEntries };
    await admin.alterConfigs({ validateOnly: false, resources: [topic] });
    const relaying = start();
    await relaying.caughtUp();
    await relaying.stop();
    expect(await expectPublished(store, cluster.brokers, origin)).toBeGreaterThan(0);
  });

  it('that vanish while it works makes them again, and publishes what comes', async () => {
    const relaying = start();
    await relaying.caughtUp();
    await admin.deleteTopics({ topics: [PROJECT_EVENTS.name] });
    await live(store, 'project-2');
    await relaying.caughtUp();
    await relaying.stop();
    expect(await admin.listTopics()).toContain(PROJECT_EVENTS.name);
    expect(await messages(PROJECT_EVENTS.name)).toBeGreaterThan(0);
  });

  it('of which that of positions vanishes stops, and publishes nothing again', async () => {
    const relaying = start();
    await relaying.caughtUp();
    const before = await messages(PROJECT_EVENTS.name);
    await admin.deleteTopics({ topics: [RELAY_POSITIONS.name] });
    await live(store, 'project-3');
    await expect(relaying.ended).rejects.toThrow(RelayStopped);
    await expect(relaying.ended).rejects.toThrow(/holds no position of relay "relay"/);
    await expect(start().ended).rejects.toThrow(/holds no position of relay "relay"/);
    expect(await messages(PROJECT_EVENTS.name)).toBe(before);
  });

  async function messages(topic: string): Promise<number> {
    const kafka = openKafka(cluster.brokers);
    try {
      return (await kafka.readEnds([topic], 1_000_000)).length;
    } finally {
      await kafka.close();
    }
  }
});
