import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from '../../test/support/database';
import { describeKafka, openKafka, testBrokers } from '../../test/support/kafka';
import { live } from '../../test/support/lives';
import { expectPublished } from '../../test/support/published';
import { migrateStore } from '../event-store/migrate-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { Origin } from './origin';
import { relay } from './relay';
import { RelayStopped } from './relay-stopped';

describeKafka('a relay whose event store was copied into another', () => {
  const brokers = testBrokers() as string[];
  const name = `copy-${randomUUID()}`;
  const origin: Origin = { source: `/luodi/${name}`, publicUrl: 'https://luodi.example' };
  const databases: Awaited<ReturnType<typeof createDatabase>>[] = [];
  const stores: PostgresEventStore[] = [];

  const openStore = async (): Promise<PostgresEventStore> => {
    const database = await createDatabase();
    databases.push(database);
    const store = await PostgresEventStore.open(database.url);
    stores.push(store);
    return store;
  };
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all(databases.map((database) => database.drop()));
  });

  /** Works until everything in the store is published. */
  async function publishAll(store: PostgresEventStore): Promise<void> {
    const [kafka, stopping] = [openKafka(brokers), new AbortController()];
    let position: string | undefined;
    const observer = {
      onStart: (at: string | undefined) => void (position = at),
      onPublished: (published: { position: string }) => void (position = published.position),
    };
    const running = relay({ name, store, kafka, origin, observer }, stopping.signal);
    try {
      while (position !== (await store.head())) await Promise.race([delay(10), running]);
    } finally {
      stopping.abort();
      await running.finally(() => kafka.close());
    }
  }

  it('goes on there, with every event once, and stops where its last event is missing', async () => {
    const [first, second, other] = [await openStore(), await openStore(), await openStore()];
    await Promise.all(Array.from({ length: 10 }, () => live(first, `project-${randomUUID()}`)));
    await publishAll(first);
    await live(first, `project-${randomUUID()}`);
    await migrateStore({ from: first, to: second });
    await live(second, `project-${randomUUID()}`);
    await publishAll(second);
    expect(await expectPublished(second, brokers, origin)).toBeGreaterThan(100);
    await live(other, `project-${randomUUID()}`);
    await expect(publishAll(other)).rejects.toThrow(RelayStopped);
  });
});
