import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openEventStoreDb, TestServer } from '../../test/support/eventstoredb/server';
import { describeKafka, openKafka, testBrokers } from '../../test/support/kafka';
import { live } from '../../test/support/lives';
import { dump, Ground, openGround, PROGRAMME } from '../../test/support/read-models';
import { EventStore } from '../../libs/event-store/event-store';
import { EventStoreDbEventStore } from '../../libs/event-store/eventstoredb/eventstoredb-event-store';
import { PostgresEventStore } from '../../libs/event-store/postgres/postgres-event-store';
import { migrateStore } from '../../libs/event-store/migrate-store';
import { LIVE, livePosition } from '../../libs/read-models/generation';
import { loadOffsets } from '../../libs/read-models/offsets';
import { project } from '../../libs/read-models/projector';
import { rebuild } from '../../libs/read-models/rebuild';
import { CONFERENCE_EVENTS } from '../../libs/topics/conference-events.topic';
import { KafkaJsGroups } from '../../libs/topics/kafkajs/kafkajs-groups';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { relay } from '../../libs/topics/relay';
import { TopicSource } from './topic-source';

describeKafka('a projector on the topics of a store that was moved to EventStoreDB', () => {
  const run = randomUUID().slice(0, 8);
  const name = `copied-${run}`;
  let ground: Ground;
  let old: PostgresEventStore;
  let server: TestServer;
  let moved: EventStoreDbEventStore;

  beforeAll(async () => {
    [ground, server] = await Promise.all([openGround(), openEventStoreDb()]);
    old = await PostgresEventStore.open(ground.url);
    moved = await EventStoreDbEventStore.open(server.url, { prefixes: [`project-${run}`, `conference-c${run}`] });
  });

  afterAll(async () => {
    await Promise.all([old.close(), moved.close()]);
    await Promise.all([server.stop(), ground.close()]);
  });

  const liveSome = async (store: EventStore) => {
    for (let each = 0; each < 4; each += 1) await live(store, `project-${run}${randomUUID().slice(8)}`);
    await live(store, `conference-c${run}${randomUUID().slice(8)}`);
  };

  /** Both until the work is done. */
  async function during(
    workers: readonly ((signal: AbortSignal) => Promise<void>)[],
    work: () => Promise<boolean>,
  ): Promise<void> {
    const stopping = new AbortController();
    const running = workers.map((worker) => worker(stopping.signal));
    try {
      while (!(await work())) await Promise.race([delay(10), ...running]);
    } finally {
      stopping.abort();
      await Promise.all(running);
    }
  }

  const relayOf = (store: EventStore) => async (signal: AbortSignal) => {
    const kafka = openKafka();
    const origin = { source: `/luodi/${name}`, publicUrl: 'https://luodi.example' };
    await relay({ name, store, kafka, origin }, signal).finally(() => kafka.close());
  };

  const projectorOf = (store: EventStore) => async (signal: AbortSignal) => {
    const kafka = new KafkaJsGroups({ brokers: testBrokers() as string[] }, () => undefined);
    const topic = new TopicSource({ kafka, store, group: name, relay: name, source: `/luodi/${name}` });
    const { projections: pool } = ground;
    await project({ pool, store, programme: PROGRAMME, topic }, signal).finally(() => kafka.close());
  };

  const isVisible = (store: EventStore) => async () =>
    (await livePosition(ground.pool).catch(() => undefined)) === (await store.head());

  /** Whether every partition has been read to where it ends now, also those in which there is nothing new. */
  async function readToHere(): Promise<() => Promise<boolean>> {
    const kafka = new KafkaJsGroups({ brokers: testBrokers() as string[] }, () => undefined);
    const bounds = await kafka.bounds([PROJECT_EVENTS.name, CONFERENCE_EVENTS.name]).finally(() => kafka.close());
    return async () => {
      const offsets = await loadOffsets(ground.pool, LIVE);
      return bounds.every(({ topic, partition, high }) =>
        offsets.some((offset) => offset.topic === topic && offset.partition === partition && offset.next >= high),
      );
    };
  }

  async function expectAsFromTheStore(store: EventStore): Promise<void> {
    const before = await dump(ground.pool, LIVE);
    expect(before.projects).not.toEqual([]);
    await rebuild({ pool: ground.projections, store, programme: PROGRAMME });
    expect(before).toEqual(await dump(ground.pool, LIVE));
  }

  it('goes on with the messages of the new store, also before its relay has begun', async () => {
    await liveSome(old);
    await during([relayOf(old), projectorOf(old)], isVisible(old));
    // What has not been published when the store is moved, the relay of the new one publishes.
    await liveSome(old);
    await migrateStore({ from: old, to: moved });
    await rebuild({ pool: ground.projections, store: moved, programme: PROGRAMME });
    await during([projectorOf(moved)], await readToHere());
    await liveSome(moved);
    await during([projectorOf(moved), relayOf(moved)], isVisible(moved));
    await expectAsFromTheStore(moved);
    await liveSome(moved);
    await during([projectorOf(moved), relayOf(moved)], isVisible(moved));
    await expectAsFromTheStore(moved);
  });

  it('and of the old one, when it is moved back', async () => {
    await migrateStore({ from: moved, to: old });
    await rebuild({ pool: ground.projections, store: old, programme: PROGRAMME });
    await liveSome(old);
    await during([projectorOf(old), relayOf(old)], isVisible(old));
    await expectAsFromTheStore(old);
  });
});
