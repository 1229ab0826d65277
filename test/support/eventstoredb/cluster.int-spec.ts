import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessDeniedError, EventStoreDBClient, NotLeaderError } from '@eventstore/db-client';
import { type EventStoreDbDouble, startEventStoreDbDouble } from './double';
import { selfSigned } from './self-signed';
import { collect, numbersOf, several, untilTaken } from './through-the-client';

/** What the double promises of several nodes, and of TLS with users. */
const opened: EventStoreDBClient[] = [];
const started: EventStoreDbDouble[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.dispose()));
  await Promise.all(started.splice(0).map((double) => double.stop()));
});

function connect(url: string): EventStoreDBClient {
  const client = EventStoreDBClient.connectionString(url);
  opened.push(client);
  return client;
}

async function start(options = {}): Promise<EventStoreDbDouble> {
  const double = await startEventStoreDbDouble(options);
  started.push(double);
  return double;
}

const member = ({ port }: EventStoreDbDouble, state: 'LEADER' | 'FOLLOWER', isAlive = true) => ({
  host: '127.0.0.1',
  port,
  state,
  isAlive,
});

async function connections(doubles: EventStoreDbDouble[], wanted: number[]): Promise<void> {
  while (doubles.some((double, index) => double.connections !== wanted[index])) await new Promise(setImmediate);
}

describe('a cluster', () => {
  test('the client finds the leader by gossip, and the new one when it has gone', async () => {
    const first = await start();
    const second = await start({ replicaOf: first });
    for (const node of [first, second]) node.setMembers([member(first, 'FOLLOWER'), member(second, 'LEADER')]);
    const client = connect(`esdb://127.0.0.1:${first.port},127.0.0.1:${second.port}?tls=false`);
    await client.appendToStream('project-1', several(0));
    // Whom it has asked for the leader it leaves in its own time.
    await connections([first, second], [0, 1]);

    for (const node of [first, second]) node.setMembers([member(first, 'LEADER'), member(second, 'FOLLOWER', false)]);
    await second.refuse();
    const next = several(1);
    await untilTaken(() => client.appendToStream('project-1', next, { expectedRevision: 0n }));
    expect(numbersOf(await collect(client.readStream('project-1')))).toEqual([0, 1]);
    await connections([first], [1]);
  });

  test.each([{}, { credentials: { username: 'by', password: 'Append' } }])(
    'a node that is not the leader names it to whom requires it, and the client goes there (%j)',
    async (credentials) => {
      const options = { ...credentials, requiresLeader: true };
      const first = await start();
      const second = await start({ replicaOf: first });
      const client = connect(first.url);
      first.faults.notLeader({ host: '127.0.0.1', port: second.port });
      const refused = client.appendToStream('project-1', several(0), options);
      await expect(refused).rejects.toBeInstanceOf(NotLeaderError);
      await client.appendToStream('project-1', several(0), options);

      expect(second.connections).toBe(1);
      expect(first.log.stream('project-1')).toHaveLength(1);
    },
  );
});

describe('a node that is not the leader', () => {
  test('gives others what stood there, and passes their appends on', async () => {
    const leader = await start();
    const follower = await start({ replicaOf: leader });
    const [client, there] = [connect(follower.url), connect(leader.url)];
    await there.appendToStream('project-1', several(0));
    follower.faults.notLeader({ host: '127.0.0.1', port: leader.port });
    await client.appendToStream('project-1', several(1));

    expect(numbersOf(await collect(client.readStream('project-1')))).toEqual([0]);
    expect(numbersOf(await collect(there.readStream('project-1')))).toEqual([0, 1]);
    const required = collect(client.readStream('project-1', { requiresLeader: true }));
    await expect(required).rejects.toBeInstanceOf(NotLeaderError);
  });

  test('says that there is none, as an unknown error', async () => {
    const double = await start();
    const client = connect(double.url);
    await client.appendToStream('project-1', several(0));
    double.faults.notLeader();
    const required = collect(client.readStream('project-1', { requiresLeader: true }));
    await expect(required).rejects.toMatchObject({ type: 'unknown', message: expect.stringMatching(/No leader info/) });
    double.faults.clear();
    expect(await collect(client.readStream('project-1', { requiresLeader: true }))).toHaveLength(1);
  });
});

describe('TLS and users', () => {
  const folder = mkdtempSync(join(tmpdir(), 'luodi-eventstoredb-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const tls = selfSigned();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, tls.certificate);

  const users = [
    { name: 'luodi', password: 'right' },
    { name: 'writer', password: 'right', mayReadAll: false },
  ];
  const as = (double: EventStoreDbDouble, credentials: string): EventStoreDBClient =>
    connect(`esdb://${credentials}127.0.0.1:${double.port}?tls=true&tlsCAFile=${caFile}`);

  test('a user may append, read and subscribe', async () => {
    const client = as(await start({ tls, users }), 'luodi:right@');
    await client.appendToStream('project-1', several(0));

    expect(numbersOf(await collect(client.readStream('project-1')))).toEqual([0]);
    expect(await collect(client.subscribeToAll(), 1)).toHaveLength(1);
  });

  test.each(['luodi:wrong@', ''])('nobody else (%s)', async (credentials) => {
    const client = as(await start({ tls, users }), credentials);

    await expect(client.appendToStream('project-1', several(0))).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(collect(client.readStream('project-1'))).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(collect(client.subscribeToAll())).rejects.toBeInstanceOf(AccessDeniedError);
  });

  test('$all needs a right of its own', async () => {
    const client = as(await start({ tls, users }), 'writer:right@');
    await client.appendToStream('project-1', several(0));

    await expect(collect(client.subscribeToAll())).rejects.toBeInstanceOf(AccessDeniedError);
    await expect(collect(client.readAll({ maxCount: 1 }))).rejects.toBeInstanceOf(AccessDeniedError);
  });
});
