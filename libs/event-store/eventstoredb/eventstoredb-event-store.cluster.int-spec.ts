import { EventStoreDbDouble, startEventStoreDbDouble } from '../../../test/support/eventstoredb/double';
import { newStream, nextAppend } from '../../../test/support/tally';
import { EventStoreDbEventStore } from './eventstoredb-event-store';

/** Two nodes of the double, of which one is the leader: never against a real cluster. */
let nodes: [EventStoreDbDouble, EventStoreDbDouble];
const opened: EventStoreDbEventStore[] = [];

beforeEach(async () => {
  const first = await startEventStoreDbDouble();
  nodes = [first, await startEventStoreDbDouble({ replicaOf: first })];
  lead(nodes[0]);
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await Promise.all(nodes.map((node) => node.stop()));
});

/** Makes one the leader. What the other knows ends here. Connections stay. */
function lead(leader: EventStoreDbDouble): void {
  for (const node of nodes) {
    node.faults.clear();
    if (node !== leader) node.faults.notLeader({ host: '127.0.0.1', port: leader.port });
    node.setMembers(
      nodes.map(({ port }) => ({
        host: '127.0.0.1',
        port,
        state: port === leader.port ? 'LEADER' : 'FOLLOWER',
        isAlive: true,
      })),
    );
  }
}

async function open(options = ''): Promise<EventStoreDbEventStore> {
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  const url = `esdb://${hosts}?tls=false&discoveryInterval=20${options}`;
  const store = await EventStoreDbEventStore.open(url, { prefixes: ['test-'] });
  opened.push(store);
  return store;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

test('what was written is read, also when another node has become the leader and the connection to this one lives', async () => {
  const store = await open();
  const one = nextAppend(newStream());
  await store.append(one.request);
  lead(nodes[1]);
  const two = nextAppend(one.end);
  const { position } = await store.append(two.request);
  const { stream } = one.end;
  expect((await store.readStreams([stream])).get(stream)).toHaveLength(2);
  expect(await store.head()).toBe(position);

  lead(nodes[0]);
  const last = await store.append(nextAppend(two.end).request);
  expect(await store.head()).toBe(last.position);
});

test('a node that has lost the leadership is left also by reads and by followers', async () => {
  const store = await open();
  const one = nextAppend(newStream());
  await store.append(one.request);
  const other = await open();
  lead(nodes[1]);
  const two = nextAppend(one.end);
  await other.append(two.request);
  expect(await Array.fromAsync(store.readStream(one.end.stream))).toHaveLength(2);

  lead(nodes[0]);
  await other.append(nextAppend(two.end).request);
  const stop = new AbortController();
  const followed: number[] = [];
  for await (const batch of store.followAll({ signal: stop.signal })) {
    followed.push(...batch.map(({ revision }) => revision));
    if (followed.length === 3) stop.abort();
  }
  expect(followed).toEqual([0, 1, 2]);
});

test('a while without a leader passes', async () => {
  const store = await open();
  const { request } = nextAppend(newStream());
  const { position } = await store.append(request);
  nodes[0].faults.notLeader();
  const calls = jest.spyOn(nodes[0].faults, 'takeCallFault');
  const reading = store.head();
  await until(() => calls.mock.calls.length > 1);
  lead(nodes[0]);
  expect(await reading).toBe(position);
});

test('a store that has just been named is opened as soon as its name can be read', async () => {
  const named = await open();
  const calls = jest.spyOn(nodes[1].faults, 'takeCallFault');
  const opening = open('&nodePreference=follower');
  // More than a few attempts of a read and an append each; all of them, if it has given up.
  await Promise.race([opening.catch(() => undefined), until(() => calls.mock.calls.length > 10)]);
  lead(nodes[0]);
  expect((await opening).storeId).toBe(named.storeId);
});

test('who prefers another node gets what that has', async () => {
  const leader = await open();
  // Now the follower knows what the store is called.
  lead(nodes[0]);
  const replica = await open('&nodePreference=follower');
  const { request } = nextAppend(newStream());
  await replica.append(request);
  expect((await leader.readStreams([request.stream])).get(request.stream)).toHaveLength(1);
  expect((await replica.readStreams([request.stream])).get(request.stream)).toEqual([]);
});
