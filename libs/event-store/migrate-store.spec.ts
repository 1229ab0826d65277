import fc from 'fast-check';
import { live } from '../../test/support/lives';
import { MemoryEventStore, newMemory } from '../../test/support/memory-event-store';
import { compareStores, isFaithful } from './compare-stores';
import { AppendInDoubt, EventStoreUnavailable, RecordedEvent } from './event-store';
import { migrateStore, MigrationProgress, MigrationRefused } from './migrate-store';
import { PlacedEvent, ReceivingStore, requestOf } from './ordered-append';

/** Takes events in, and fails as a test wants it: after so many of a batch, or leaving one out. */
class Receiver extends MemoryEventStore implements ReceivingStore {
  readonly batches: number[] = [];
  fault: (event: PlacedEvent, index: number) => 'stop' | 'leave out' | undefined = () => undefined;

  async appendInOrder(events: readonly PlacedEvent[]): Promise<void> {
    this.batches.push(events.length);
    const faults = events.map((event, index) => this.fault(event, index));
    for (const [index, { position: _, ...event }] of (events as readonly RecordedEvent[]).entries()) {
      if (faults[index] === 'stop') throw new AppendInDoubt(event.stream, { cause: 'test' });
      if (!faults[index]) await this.append(requestOf([event]));
    }
    if (faults.includes('leave out')) throw new EventStoreUnavailable('test');
  }
}

const receiver = (memory = newMemory()) => new Receiver(memory, 'memory:target');

/** Some lives, event by event in any order. */
async function source(streams = ['project-1', 'project-2', 'conference-c']): Promise<MemoryEventStore> {
  const store = new MemoryEventStore(newMemory(), 'memory:source');
  await Promise.all(streams.map((stream) => live(store, stream)));
  return store;
}

async function eventsIn(store: MemoryEventStore) {
  const events = (await Array.fromAsync(store.readAll())).flat();
  return events.map(({ position: _, ...event }) => event);
}

async function expectFaithful(from: MemoryEventStore, to: MemoryEventStore): Promise<void> {
  expect(await eventsIn(to)).toEqual(await eventsIn(from));
  expect(isFaithful(await compareStores({ from, to }))).toBe(true);
}

describe('migrateStore', () => {
  it('copies every event as it is, in the order of the whole store', async () => {
    const [from, to] = [await source(), receiver()];
    const total = (await eventsIn(from)).length;
    expect(await migrateStore({ from, to })).toEqual({ found: 0, copied: total, upTo: await from.head() });
    await expectFaithful(from, to);
    expect(await migrateStore({ from, to })).toEqual({ found: total, copied: 0, upTo: await from.head() });
  });

  it('copies nothing from an empty store', async () => {
    const [from, to] = [await source([]), receiver()];
    expect(await migrateStore({ from, to })).toEqual({ found: 0, copied: 0, upTo: undefined });
  });

  it('goes on from whatever an earlier run has left, and never writes an event twice', async () => {
    const from = await source();
    const events = await eventsIn(from);
    await fc.assert(
      fc.asyncProperty(fc.nat(events.length), async (length) => {
        const to = receiver();
        for (const event of events.slice(0, length)) await to.append(requestOf([event]));
        const migration = await migrateStore({ from, to });
        expect(migration).toMatchObject({ found: length, copied: events.length - length });
        await expectFaithful(from, to);
      }),
      { numRuns: 20 },
    );
  });

  it('looks for what was in doubt, and appends the rest', async () => {
    const [from, to] = [await source(), receiver()];
    let failures = 3;
    to.fault = (_, index) => (index === 7 && failures-- > 0 ? 'stop' : undefined);
    const total = (await eventsIn(from)).length;
    expect(await migrateStore({ from, to })).toMatchObject({ copied: total });
    expect(to.batches).toEqual([total, total - 7, total - 14, total - 21]);
    await expectFaithful(from, to);
  });

  it('fills what a store has left out, and the comparison says that the order is another', async () => {
    const [from, to] = [await source(['project-1', 'project-2']), receiver()];
    const left = (await eventsIn(from)).filter(({ stream }) => stream === 'project-2').length;
    let isFirst = true;
    to.fault = ({ stream }) => (isFirst && stream === 'project-2' ? 'leave out' : undefined);
    const done = migrateStore({ from, to, onProgress: () => undefined });
    while (to.batches.length === 0) await new Promise(setImmediate);
    isFirst = false;
    await done;
    expect(to.batches[1]).toBe(left);
    const comparison = await compareStores({ from, to });
    expect(comparison).toMatchObject({ missing: 0, strange: 0, broken: [] });
    expect(comparison.displaced).toBeGreaterThan(0);
    // A later run finds all of it.
    expect(await migrateStore({ from, to })).toMatchObject({ copied: 0 });
  });

  it('tries again what brings nothing on, until it is told to stop', async () => {
    const [from, to] = [await source(), receiver()];
    const stop = new AbortController();
    to.fault = () => {
      if (to.batches.length === 3) stop.abort();
      return 'stop';
    };
    await expect(migrateStore({ from, to, signal: stop.signal })).rejects.toThrow(/abort/);
    expect(to.batches).toHaveLength(3);
  });

  it('catches up with what is written meanwhile', async () => {
    const [from, to] = [await source(), receiver()];
    const page = Array.from({ length: 80 }, (_, serial) => `project-p${serial}`);
    await Promise.all(page.map((stream) => live(from, stream)));
    let late: Promise<void> | undefined;
    const phases: MigrationProgress['phase'][] = [];
    const onProgress = ({ phase }: MigrationProgress) => {
      phases.push(phase);
      late ??= live(from, 'project-late');
    };
    const { upTo } = await migrateStore({ from, to, onProgress });
    await late;
    const comparison = await compareStores({ from, to, upTo });
    expect(isFaithful(comparison)).toBe(true);
    expect(phases).toContain('copying');
    await migrateStore({ from, to });
    await expectFaithful(from, to);
  });

  it.each<[string, (to: Receiver, from: MemoryEventStore) => Promise<void>, RegExp]>([
    ['another stream', (to) => live(to, 'project-9'), /holds \d+ events that the source does not have/],
    ['another event in its place', (to) => live(to, 'project-1'), /something else|source does not have/],
    [
      'more of a stream than the source',
      async (to, from) => {
        await migrateStore({ from, to });
        const events = (await eventsIn(from)).filter(({ stream }) => stream === 'project-1');
        const last = events.at(-1)!;
        await to.append(requestOf([{ ...last, revision: last.revision + 1 }]));
      },
      /something else|source does not have/,
    ],
  ])('refuses a target that holds %s, and writes nothing', async (_, prepare, message) => {
    const [from, to] = [await source(), receiver()];
    await prepare(to, from);
    const before = await eventsIn(to);
    const migration = migrateStore({ from, to });
    await expect(migration).rejects.toThrow(message);
    await expect(migration).rejects.toThrow(MigrationRefused);
    expect(await eventsIn(to)).toEqual(before);
  });

  it('refuses the source as the target', async () => {
    const memory = newMemory();
    const same = receiver(memory);
    await expect(migrateStore({ from: receiver(memory), to: same })).rejects.toThrow(/the same store/);
  });

  it('stops when somebody else writes to the target', async () => {
    const [from, to] = [await source(), receiver()];
    let intruder: Promise<void> | undefined;
    to.fault = () => void (intruder ??= live(to, 'project-2'));
    await expect(migrateStore({ from, to })).rejects.toThrow(/somebody else writes to the target/);
    await intruder?.catch(() => undefined);
  });
});

describe('compareStores', () => {
  it('tells what is missing, what is strange, and what was altered', async () => {
    const [from, memory] = [await source(), newMemory()];
    const to = receiver(memory);
    const events = await eventsIn(from);
    for (const event of events.slice(0, -2)) await to.append(requestOf([event]));
    expect(await compareStores({ from, to })).toMatchObject({ missing: 2, strange: 0, displaced: 0, broken: [] });
    await live(to, 'project-strange');
    const { missing, strange } = await compareStores({ from, to });
    expect(missing).toBe(2);
    expect(strange).toBeGreaterThan(5);
    const altered = memory.events.find(({ stream, revision }) => stream === 'project-1' && revision === 3)!;
    altered.data.occurredOn = '1999-01-01';
    const { broken } = await compareStores({ from, to });
    expect(broken).toEqual([{ stream: 'project-1', revision: 3, type: altered.type, faults: ['altered'] }]);
  });
});
