import { END, eventTypeFilter, type Position, START, streamNameFilter, UnknownError } from '@eventstore/db-client';
import { collect, emitted, numberIn, numbersOf, several, ThroughTheClient } from './through-the-client';

/** What the double promises of subscriptions, seen through the real client. */
const through = new ThroughTheClient();
beforeEach(() => through.start());
afterEach(() => through.stop());

const ours = (options = {}) => streamNameFilter({ prefixes: ['project-'], ...options });

test('to $all with a filter: confirmation, what there is, "caught up" once, what comes', async () => {
  await through.append('project-1', several(0));
  await through.append('conference-1', several(100));
  const log: (string | number)[] = [];
  const subscription = through.client.subscribeToAll({ fromPosition: START, filter: ours() });
  for (const name of ['confirmation', 'caughtUp', 'fellBehind']) subscription.on(name, () => log.push(name));
  subscription.on('data', ({ event }: { event?: { data: unknown } }) => log.push(numberIn(event?.data)));
  await emitted(subscription, 'caughtUp');
  through.double.writeSystemEvents(5);
  await through.append('conference-1', several(101));
  await through.append('project-2', several(1, 2));
  while (!log.includes(2)) await emitted(subscription, 'data');

  expect(log).toEqual(['confirmation', 0, 'caughtUp', 1, 2]);
});

test.each([
  ['a prefix of the stream', streamNameFilter({ prefixes: ['conference-', 'project-2'] }), [10, 2]],
  ['a pattern of the stream', streamNameFilter({ regex: '^project-[12]$' }), [0, 2]],
  ['a prefix of the type', eventTypeFilter({ prefixes: ['Happ'] }), [0, 10, 2, 3]],
  ['a pattern of the type that excludes system events', eventTypeFilter({ regex: '^[^$u].*' }), [0, 10, 2, 3]],
])('filtered by %s', async (_, filter, expected) => {
  await through.append('project-1', several(0));
  await through.append('conference-1', several(10));
  await through.append('project-2', several(2));
  await through.append('project-3', several(3));
  const seen = await collect(through.client.subscribeToAll({ filter }), expected.length);

  expect(numbersOf(seen)).toEqual(expected);
});

test('begins behind the position it is given, in a stream behind the revision', async () => {
  await through.append('project-1', several(0));
  const { position } = await through.append('project-1', several(1));
  await through.append('project-1', several(2));
  const { client } = through;

  expect(numbersOf(await collect(client.subscribeToAll({ fromPosition: position }), 1))).toEqual([2]);
  expect(numbersOf(await collect(client.subscribeToAll({ fromPosition: position, filter: ours() }), 1))).toEqual([2]);
  expect(numbersOf(await collect(client.subscribeToStream('project-1', { fromRevision: 0n }), 2))).toEqual([1, 2]);
  expect(numbersOf(await collect(client.subscribeToStream('project-1'), 3))).toEqual([0, 1, 2]);
});

test('from the end, or to a stream that is not there yet: only what comes', async () => {
  await through.append('project-1', several(0));
  const subscriptions = [
    through.client.subscribeToAll({ fromPosition: END }),
    through.client.subscribeToStream('project-1', { fromRevision: END }),
    through.client.subscribeToStream('project-2'),
  ];
  await Promise.all(subscriptions.map((subscription) => emitted(subscription, 'caughtUp')));
  const seen = subscriptions.map((subscription) => collect<{ event?: { data: unknown } }>(subscription, 1));
  await through.append('project-1', several(1));
  await through.append('project-2', several(2));

  expect((await Promise.all(seen)).map(numbersOf)).toEqual([[1], [1], [2]]);
});

test('checkpoints come after every window times interval of events looked at, and on catching up', async () => {
  const checkpoints: Position[] = [];
  const filter = streamNameFilter({
    prefixes: ['project-'],
    maxSearchWindow: 5,
    checkpointInterval: 2,
    checkpointReached: async (_, position) => void checkpoints.push(position),
  });
  through.double.writeSystemEvents(25 - through.double.events.length);
  const subscription = through.client.subscribeToAll({ filter }).resume();
  await emitted(subscription, 'caughtUp');
  const { events } = through.double;
  expect(checkpoints.map(({ commit }) => events.findIndex(({ position }) => position === commit))).toEqual([9, 19, 24]);

  const arrived = emitted(subscription, 'data');
  through.double.writeSystemEvents(10);
  await through.append('project-1', several(0));
  await arrived;
  expect(checkpoints.at(-1)?.commit).toBe(events[34]?.position);
});

test('a live one that is far behind falls behind and catches up', async () => {
  const told: string[] = [];
  const subscription = through.client.subscribeToAll({ filter: ours() }).resume();
  await emitted(subscription, 'caughtUp');
  for (const name of ['caughtUp', 'fellBehind']) subscription.on(name, () => told.push(name));
  const again = emitted(subscription, 'caughtUp');
  await through.append('project-1', several(...Array(100).keys()));
  await again;

  expect(told).toEqual(['fellBehind', 'caughtUp']);
});

test('a position within a record is refused; one behind the end is taken, and what comes before it is passed over', async () => {
  const { position } = await through.append('project-1', several(0));
  const at = (commit: bigint) => ({ fromPosition: { commit, prepare: commit }, filter: ours() });
  const { head } = through.double.log;

  const refused = collect(through.client.subscribeToAll(at((position?.commit ?? 0n) + 1n)));
  await expect(refused).rejects.toBeInstanceOf(UnknownError);
  const subscription = through.client.subscribeToAll(at(head + 10n));
  await emitted(subscription, 'caughtUp');
  await through.append('project-1', several(1));
  await through.append('project-1', several(2));
  expect(numbersOf(await collect(subscription, 1))).toEqual([2]);
});

test('the server forgets a subscription whose client has gone', async () => {
  const subscription = through.client.subscribeToAll();
  await emitted(subscription, 'confirmation');
  expect(through.double.faults.subscriptions).toBe(1);
  await subscription.unsubscribe();
  while (through.double.faults.subscriptions > 0) await new Promise((resolve) => setImmediate(resolve));
});
