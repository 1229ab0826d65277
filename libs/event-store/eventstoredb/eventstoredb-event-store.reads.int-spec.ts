import { EventStoreDbDouble, startEventStoreDbDouble } from '../../../test/support/eventstoredb/double';
import { newStream, nextAppend } from '../../../test/support/tally';
import { Connection } from './connection';
import { EventStoreDbEventStore } from './eventstoredb-event-store';

/** What reads cost a server, which the double counts: never against a real one. */
let double: EventStoreDbDouble;
let store: EventStoreDbEventStore;

beforeEach(async () => {
  double = await startEventStoreDbDouble();
  store = await open();
});
afterEach(async () => {
  await store.close();
  await double.stop();
});

function open(options = {}): Promise<EventStoreDbEventStore> {
  return EventStoreDbEventStore.open(double.url, { prefixes: ['test-'], ...options });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('a server that holds much of others', () => {
  const FOREIGN = 30_000;
  /** What one window more costs, and the cancelling on its way. */
  const LITTLE = 10_000;

  /** Records that the server has looked at for what is done. */
  async function scannedBy(work: () => Promise<unknown>): Promise<number> {
    const before = double.scanned;
    await work();
    return double.scanned - before;
  }

  test('does not search on when a read has what it asked for', async () => {
    const first = await store.append(nextAppend(newStream(), 3).request);
    double.writeSystemEvents(FOREIGN);
    const second = await store.append(nextAppend(newStream()).request);

    expect(await scannedBy(async () => expect(await store.head()).toBe(second.position))).toBeLessThan(LITTLE);
    const readOn = async () =>
      expect((await Array.fromAsync(store.readAll({ after: first.position }))).flat()).toHaveLength(1);
    expect(await scannedBy(readOn)).toBeLessThan(FOREIGN + LITTLE);
    double.writeSystemEvents(FOREIGN);
    const { length } = double.events;
    // Once backwards to the newest, and once forwards up to it.
    const readAll = async () => expect((await Array.fromAsync(store.readAll())).flat()).toHaveLength(4);
    expect(await scannedBy(readAll)).toBeLessThan(length + LITTLE);
    // A read that has been cancelled leaves its connection to the others.
    expect(double.accepted).toBe(1);
  });

  test('is asked for what a follower is missing from where it has come to, not from the end', async () => {
    const { position } = await store.append(nextAppend(newStream()).request);
    double.writeSystemEvents(FOREIGN);
    const watchful = await open({ quietMs: 10 });
    const stop = new AbortController();
    const following = Array.fromAsync(watchful.followAll({ after: position, signal: stop.signal }));
    await until(() => double.faults.subscriptions === 1);
    const looks = jest.spyOn(Connection.prototype, 'read');
    const look = async () => {
      const { length } = looks.mock.calls;
      await until(() => looks.mock.calls.length > length);
      await looks.mock.results[length]?.value;
    };
    // Where it has come to it is told while it looks for the first times.
    let scanned = Infinity;
    for (let times = 0; times < 100 && scanned > LITTLE; times += 1) scanned = await scannedBy(look);
    looks.mockRestore();
    stop.abort();
    expect(await following).toEqual([]);
    await watchful.close();
    expect(scanned).toBeLessThan(LITTLE);
  });
});

test('a page of large events ends when it has enough bytes', async () => {
  for (let count = 0; count < 30; count += 1) {
    await store.append(nextAppend(newStream(), 1, () => ({ text: 'x'.repeat(1_000_000) })).request);
  }
  const batches = await Array.fromAsync(store.readAll());
  expect(batches.flat()).toHaveLength(30);
  for (const { length } of batches) expect(length).toBeLessThanOrEqual(10);
});
