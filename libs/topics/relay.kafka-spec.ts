import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../../test/support/database';
import { openEventStoreDb } from '../../test/support/eventstoredb/server';
import { describeKafka, describeOwnKafka, openKafka, testBrokers } from '../../test/support/kafka';
import { KafkaCluster, startKafka } from '../../test/support/kafka-cluster';
import { live, load } from '../../test/support/lives';
import { expectPublished } from '../../test/support/published';
import { EventStore } from '../event-store/event-store';
import { EventStoreDbEventStore } from '../event-store/eventstoredb/eventstoredb-event-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { Fenced, Kafka } from './kafka-port';
import { Origin } from './origin';
import { relay, RelayObserver } from './relay';

/** A store, and relays that publish it; names and origin are of this test alone. */
class Ground {
  readonly name = `test-${randomUUID()}`;
  readonly origin: Origin = { source: `/luodi/${this.name}`, publicUrl: 'https://luodi.example' };
  readonly failures: string[] = [];
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>[] = [];
  private readonly kafkas: Kafka[] = [];
  private position: string | undefined;

  private constructor(
    readonly store: EventStore,
    private readonly brokers: string[],
    private readonly drop: () => Promise<void>,
  ) {}

  static async open(brokers: string[]): Promise<Ground> {
    const database = await createDatabase();
    return new Ground(await PostgresEventStore.open(database.url), brokers, database.drop);
  }

  static async onEventStoreDb(brokers: string[]): Promise<Ground> {
    const server = await openEventStoreDb();
    return new Ground(await EventStoreDbEventStore.open(server.url), brokers, server.stop);
  }

  start(observer: RelayObserver = {}, signal = this.stopping.signal): Promise<void> {
    const { name, store, origin } = this;
    const kafka = openKafka(this.brokers);
    this.kafkas.push(kafka);
    const running = relay(
      {
        name,
        store,
        kafka,
        origin,
        observer: {
          ...observer,
          onStart: (position) => ((this.position = position), observer.onStart?.(position)),
          onPublished: (published) => ((this.position = published.position), observer.onPublished?.(published)),
          onRetry: (error) => this.failures.push(String(error)),
        },
      },
      signal,
    );
    running.catch(() => undefined);
    this.running.push(running);
    return running;
  }

  /** Everything in the store is published. */
  async caughtUp(working = this.running.at(-1)): Promise<void> {
    while (this.position !== (await this.store.head())) await Promise.race([delay(10), working]);
  }

  async expectPublished(): Promise<number> {
    return expectPublished(this.store, this.brokers, this.origin);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.running);
    for (const kafka of this.kafkas) await kafka.close();
    await this.store.close();
    await this.drop();
  }
}

const endOf = (running: Promise<void>) =>
  running.then(
    () => undefined,
    (error: unknown) => error,
  );

describeKafka('the relay with Kafka', () => {
  let ground: Ground;
  beforeEach(async () => {
    ground = await Ground.open(testBrokers() as string[]);
  });
  afterEach(() => ground.close());

  it('publishes what is there and what comes, once, in order', async () => {
    const streams = Array.from({ length: 60 }, () => `project-${randomUUID()}`);
    await Promise.all([...streams, 'conference-c'].map((stream) => live(ground.store, stream)));
    void ground.start();
    await ground.caughtUp();
    await Promise.all(Array.from({ length: 20 }, () => live(ground.store, `project-${randomUUID()}`)));
    await ground.caughtUp();
    expect(await ground.expectPublished()).toBeGreaterThan(1_000);
    expect(ground.failures).toEqual([]);
  });

  it('publishes an EventStoreDB as well, and goes on where it has stopped', async () => {
    await ground.close();
    ground = await Ground.onEventStoreDb(testBrokers() as string[]);
    await Promise.all(Array.from({ length: 20 }, () => live(ground.store, `project-${randomUUID()}`)));
    const first = new AbortController();
    const running = ground.start({}, first.signal);
    await ground.caughtUp();
    first.abort();
    await running;
    await Promise.all(Array.from({ length: 20 }, () => live(ground.store, `project-${randomUUID()}`)));
    void ground.start();
    await ground.caughtUp();
    expect(await ground.expectPublished()).toBeGreaterThan(500);
    expect(ground.failures).toEqual([]);
  });

  it('of which a second one is started: it works, the first is fenced, and nothing is written twice', async () => {
    const stop = new AbortController();
    const loading = load(ground.store, 4, stop.signal);
    const working = Promise.withResolvers<void>();
    let transactions = 0;
    // Not until it has caught up: under load that may never be.
    const older = ground.start({ onPublished: () => (transactions += 1) === 20 && working.resolve() });
    await Promise.race([working.promise, older]);
    const newer = ground.start();
    const error = await Promise.race([endOf(older), newer]);
    expect(error).toBeInstanceOf(Fenced);
    expect(String(error)).toMatch(new RegExp(`another producer has taken over .*${ground.name}`));
    stop.abort();
    await loading;
    await ground.caughtUp();
    await ground.expectPublished();
  });
});

describeOwnKafka('the relay and brokers that fail', () => {
  let cluster: KafkaCluster;
  let ground: Ground;
  afterEach(async () => {
    await ground?.close();
    await cluster?.stop();
  });

  /** Under load, runs what happens to the brokers; then everything must be there. */
  const underLoad = async (happening: (published: () => Promise<void>) => Promise<void>) => {
    ground = await Ground.open(cluster.brokers);
    let transactions = 0;
    const running = ground.start({ onPublished: () => (transactions += 1) });
    const published = async () => {
      const before = transactions;
      while (transactions < before + 20) await Promise.race([delay(10), running]);
    };
    const stop = new AbortController();
    const loading = load(ground.store, 4, stop.signal);
    await published();
    await happening(published);
    stop.abort();
    await loading;
    await ground.caughtUp();
    return ground.expectPublished();
  };

  it('publishes everything once, in order, when the only broker is killed and comes back', async () => {
    cluster = await startKafka();
    await underLoad(async (published) => {
      for (let time = 0; time < 3; time += 1) {
        await cluster.kill(0);
        await cluster.restart(0);
        await published();
      }
    });
    expect(ground.failures.length).toBeGreaterThan(0);
  }, 300_000);

  it('publishes everything once, in order, when three brokers lose one at a time', async () => {
    cluster = await startKafka({ nodes: 3 });
    await underLoad(async (published) => {
      for (const node of [0, 1, 2]) {
        await cluster.kill(node);
        // It goes on without that broker.
        await published();
        await cluster.restart(node);
        await published();
      }
    });
  }, 600_000);
});
