import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { randomUUID } from 'node:crypto';
import { EventStoreDbDouble, startEventStoreDbDouble } from '../../../test/support/eventstoredb/double';
import { StoredEvent } from '../../../test/support/eventstoredb/log';
import { newStream, nextAppend } from '../../../test/support/tally';
import { EventStoreUnavailable } from '../event-store';
import { Connection } from './connection';
import { EventStoreDbEventStore } from './eventstoredb-event-store';

/** Backups are put back by the double: never on a real server. */
let double: EventStoreDbDouble;
let store: EventStoreDbEventStore;

beforeEach(async () => {
  double = await startEventStoreDbDouble();
  store = await EventStoreDbEventStore.open(double.url, { prefixes: ['test-'], quietMs: 10 });
});
afterEach(async () => {
  await store.close();
  await double.stop();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

/** What somebody else records in the place of an event. */
function another(event: StoredEvent): StoredEvent {
  const metadata = JSON.parse(Buffer.from(event.metadata).toString()) as object;
  return { ...event, id: randomUUID(), metadata: Buffer.from(JSON.stringify({ ...metadata, eventId: randomUUID() })) };
}

test.each([
  { what: 'has grown past where he is', hasGrown: true, hasSeen: 0 },
  { what: 'ends before that', hasGrown: false, hasSeen: 0 },
  { what: 'has grown before he was given anything', hasGrown: true, hasSeen: 3 },
])(
  'who follows a store that was restored from a backup, and $what, is told, and not given its events',
  async ({ hasGrown, hasSeen }) => {
    await store.append(nextAppend(newStream()).request);
    const backup = double.events.length;
    for (const stream of [newStream(), newStream()]) await store.append(nextAppend(stream).request);
    const all = (await Array.fromAsync(store.readAll())).flat().map(({ position }) => position);
    const given: string[] = [];
    const follow = async (): Promise<void> => {
      for await (const batch of store.followAll({ after: all[hasSeen - 1] })) {
        given.push(...batch.map(({ position }) => position));
      }
    };
    const following = follow();
    const isLive = () => given.length === 3 - hasSeen && double.faults.subscriptions === 1;
    await Promise.race([following, until(isLive)]);
    await double.refuse();
    const lost = double.log.restore(backup);
    // Of the same length: each begins where a lost one began, and there are more of them.
    if (hasGrown) for (const event of [...lost, ...lost]) double.log.write(newStream().stream, [another(event)]);
    await double.accept();
    await expect(following).rejects.toThrow(EventStoreUnavailable);
    await expect(following).rejects.toThrow(/no longer holds the event that was read there/);
    expect(given).toEqual(all.slice(hasSeen));
  },
);

test('who is in the backup that was restored, but was told of nothing more beyond its end, misses nothing that comes', async () => {
  const { request, end } = nextAppend(newStream());
  await store.append(request);
  const backup = double.events.length;
  const revisions: number[] = [];
  const stop = new AbortController();
  const follow = async (): Promise<void> => {
    for await (const batch of store.followAll({ signal: stop.signal })) {
      revisions.push(...batch.map(({ revision }) => revision));
      if (revisions.length === 2) stop.abort();
    }
  };
  const following = follow();
  await Promise.race([following, until(() => double.faults.subscriptions === 1)]);
  double.writeSystemEvents(3_000);
  const told = double.events.at(-1_000)?.position ?? 0n;
  const looks = jest.spyOn(Connection.prototype, 'read');
  await Promise.race([following, until(() => looks.mock.calls.some(([look]) => placeOf(look) >= told))]);
  looks.mockRestore();
  await double.refuse();
  double.log.restore(backup);
  await double.accept();
  await store.append(nextAppend(end).request);
  await following;
  expect(revisions).toEqual([0, 1]);
});

function placeOf(request: ReadReq): bigint {
  return BigInt(request.getOptions()?.getAll()?.getPosition()?.getCommitPosition() ?? 0);
}
