import {
  ANY,
  BACKWARDS,
  END,
  EventStoreDBClient,
  FORWARDS,
  jsonEvent,
  NO_STREAM,
  START,
  STREAM_EXISTS,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { randomUUID } from 'node:crypto';
import { type EventStoreDbDouble, startEventStoreDbDouble } from './double';

/** What the double promises, seen through the real client. */
let double: EventStoreDbDouble;
let client: EventStoreDBClient;

beforeEach(async () => {
  double = await startEventStoreDbDouble();
  client = EventStoreDBClient.connectionString(double.url);
});

afterEach(async () => {
  await client.dispose();
  await double.stop();
});

const event = (n: number, id: string = randomUUID()) =>
  jsonEvent({ type: 'Happened', id, data: { n }, metadata: { by: 'test', n } });
const several = (...numbers: number[]) => numbers.map((n) => event(n));
const append = (stream: string, events: ReturnType<typeof event>[], expectedRevision: AppendRevision = ANY) =>
  client.appendToStream(stream, events, { expectedRevision });
type AppendRevision = bigint | typeof ANY | typeof NO_STREAM | typeof STREAM_EXISTS;

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) all.push(one);
  return all;
}

const numbersOf = (resolved: { event?: { data: unknown } }[]): number[] =>
  resolved.map(({ event: recorded }) => (recorded?.data as { n: number }).n);

describe('append', () => {
  test('events get revisions from 0, growing positions of their own, and keep id, type, data, metadata and time', async () => {
    const [first, second] = [event(1), event(2)];
    const before = Date.now();
    const result = await append('project-1', [first, second], NO_STREAM);
    const read = await collect(client.readStream('project-1'));

    expect(read).toMatchObject([
      { event: { id: first.id, revision: 0n, type: 'Happened', data: { n: 1 }, metadata: { by: 'test', n: 1 } } },
      { event: { id: second.id, revision: 1n, isJson: true, streamId: 'project-1' } },
    ]);
    expect(read[0]?.event?.created.getTime()).toBeGreaterThanOrEqual(before);
    expect(read[1]?.event?.position).toEqual(result.position);
    expect(read[1]!.event!.position!.commit).toBeGreaterThan(read[0]!.event!.position!.commit);
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n });
  });

  test.each<[string, AppendRevision, boolean]>([
    ['any', ANY, true],
    ['stream exists', STREAM_EXISTS, true],
    ['its revision', 1n, true],
    ['no stream', NO_STREAM, false],
    ['a lower revision', 0n, false],
    ['a higher revision', 2n, false],
  ])('to a stream of two events expecting %s', async (_, expected, isTaken) => {
    await append('project-1', several(1, 2));
    const appended = append('project-1', several(3), expected);

    if (isTaken) await expect(appended).resolves.toMatchObject({ nextExpectedRevision: 2n });
    else {
      await expect(appended).rejects.toBeInstanceOf(WrongExpectedVersionError);
      await expect(appended).rejects.toMatchObject({ streamName: 'project-1', actualVersion: 1n });
    }
  });
});

describe('read', () => {
  test('a stream forwards and backwards, from a revision, with a count', async () => {
    await append('project-1', several(0, 1, 2, 3, 4));
    const read = async (options: object): Promise<number[]> =>
      numbersOf(await collect(client.readStream('project-1', options)));

    expect(await read({})).toEqual([0, 1, 2, 3, 4]);
    expect(await read({ fromRevision: 2n, maxCount: 2 })).toEqual([2, 3]);
    expect(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([4, 3]);
    expect(await read({ direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
    expect(await read({ fromRevision: 9n })).toEqual([]);
  });

  test('$all forwards from a position with it, backwards without it', async () => {
    await append('project-1', several(0, 1, 2));
    const all = await collect(client.readAll({ direction: FORWARDS, fromPosition: START }));
    const [zero, one, two] = all.filter(({ event: recorded }) => recorded?.streamId === 'project-1');
    const fromPosition = one!.event!.position;

    expect(numbersOf(await collect(client.readAll({ fromPosition })))).toEqual([1, 2]);
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition, maxCount: 1 }))).toEqual([zero]);
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))).toEqual([two]);
  });
});

describe('subscription', () => {
  test('to $all with a filter: what there is, then what comes, and nothing else', async () => {
    await append('project-1', several(0));
    await append('conference-1', several(100));
    double.writeSystemEvents(5);
    const seen: number[] = [];
    const subscription = client.subscribeToAll({
      fromPosition: START,
      filter: { filterOn: 'streamName', prefixes: ['project-'], checkpointInterval: 1 },
    });
    for await (const { event: recorded } of subscription) {
      seen.push((recorded?.data as { n: number }).n);
      if (seen.length === 1) await append('project-2', several(1, 2));
      if (seen.length === 3) break;
    }

    expect(seen).toEqual([0, 1, 2]);
  });
});
