import { EventStoreDbDouble, startEventStoreDbDouble } from '../../../test/support/eventstoredb/double';
import { openEventStoreDb } from '../../../test/support/eventstoredb/server';
import { live } from '../../../test/support/lives';
import { MemoryEventStore, newMemory } from '../../../test/support/memory-event-store';
import { compareStores, isFaithful } from '../compare-stores';
import { migrateStore } from '../migrate-store';
import { describeOrderedAppend } from '../ordered-append.contract';
import { EventStoreDbEventStore } from './eventstoredb-event-store';

const server = openEventStoreDb();
afterAll(async () => (await server).stop());

describeOrderedAppend('the EventStoreDB event store', async () =>
  EventStoreDbEventStore.open((await server).url, { prefixes: ['test-'] }),
);

describe('a copy into EventStoreDB when something fails', () => {
  let from: MemoryEventStore;
  let double: EventStoreDbDouble;
  let to: EventStoreDbEventStore;

  beforeEach(async () => {
    from = new MemoryEventStore(newMemory(), 'memory:source');
    await Promise.all(Array.from({ length: 20 }, (_, serial) => live(from, `project-${serial}`)));
    double = await startEventStoreDbDouble();
    to = await EventStoreDbEventStore.open(double.url);
  });
  afterEach(async () => {
    await to.close();
    await double.stop();
  });

  it.each(['drop', 'timeout'] as const)('is whole and in order after appends with %s', async (answer) => {
    for (const executed of [true, false]) double.faults.failAppends({ executed, answer });
    await migrateStore({ from, to });
    const comparison = await compareStores({ from, to });
    expect(comparison).toMatchObject({ missing: 0, strange: 0, broken: [] });
    // A server that leaves out one append and takes those after it changes the order of the whole, and that is told.
    expect(isFaithful(comparison)).toBe(answer === 'drop');
  });

  it('goes on through dropped connections, again and again', async () => {
    const ended = new AbortController();
    let drops = 0;
    const dropping = (async () => {
      for (let next = 30; !ended.signal.aborted; await double.log.grown(ended.signal)) {
        if (double.events.length < next) continue;
        double.faults.dropConnections();
        drops += 1;
        next = double.events.length + 25;
      }
    })();
    await migrateStore({ from, to });
    ended.abort();
    await dropping;
    expect(drops).toBeGreaterThan(5);
    expect(isFaithful(await compareStores({ from, to }))).toBe(true);
  });

  it('is not in the way of another store of the same process', async () => {
    const other = await startEventStoreDbDouble();
    const second = await EventStoreDbEventStore.open(other.url);
    try {
      await migrateStore({ from, to });
      double.faults.failAppends({ executed: true, answer: 'drop' }, 3);
      await Promise.all([migrateStore({ from: to, to: second }), live(to, 'project-late')]);
      await migrateStore({ from: to, to: second });
      expect(isFaithful(await compareStores({ from: to, to: second }))).toBe(true);
    } finally {
      await second.close();
      await other.stop();
    }
  });
});
