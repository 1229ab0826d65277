import {
  ANY,
  BACKWARDS,
  DeadlineExceededError,
  END,
  MaxAppendSizeExceededError,
  NO_STREAM,
  type ResolvedEvent,
  STREAM_EXISTS,
  StreamNotFoundError,
  UnknownError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { collect, Expected, numbered, numbersOf, several, ThroughTheClient, untilTaken } from './through-the-client';

/** What the double promises of appends and reads, seen through the real client. */
const through = new ThroughTheClient();
beforeEach(() => through.start());
afterEach(() => through.stop());

const positionsOf = (read: ResolvedEvent[]) => read.map(({ event }) => event?.position?.commit);

describe('append', () => {
  test('events get revisions from 0, growing positions of their own, and keep id, type, data, metadata and time', async () => {
    const [first, second] = [numbered(1), numbered(2)];
    const before = Date.now();
    const result = await through.append('project-1', [first, second], NO_STREAM);
    const read = await collect(through.client.readStream('project-1'));
    const [position, nextPosition] = positionsOf(read);

    expect(read).toMatchObject([
      { event: { id: first.id, revision: 0n, type: 'Happened', data: { n: 1 }, metadata: { by: 'test', n: 1 } } },
      { event: { id: second.id, revision: 1n, isJson: true, streamId: 'project-1' } },
    ]);
    expect(read.every(({ event }) => event && event.created.getTime() >= before)).toBe(true);
    expect(nextPosition).toBeGreaterThan(position as bigint);
    expect(result).toMatchObject({ success: true, nextExpectedRevision: 1n, position: { commit: nextPosition } });
  });

  test.each<[string, Expected, boolean]>([
    ['any', ANY, true],
    ['stream exists', STREAM_EXISTS, true],
    ['its revision', 1n, true],
    ['no stream', NO_STREAM, false],
    ['a lower revision', 0n, false],
    ['a higher revision', 2n, false],
  ])('to a stream of two events expecting %s; the same by Append as by BatchAppend', async (_, expected, isTaken) => {
    for (const options of [{}, { credentials: { username: 'taken', password: 'by Append' } }]) {
      const stream = `project-${Object.keys(options).length}`;
      await through.append(stream, several(1, 2), ANY, options);
      const appended = through.append(stream, several(3), expected, options);

      if (isTaken) await expect(appended).resolves.toMatchObject({ nextExpectedRevision: 2n });
      else {
        await expect(appended).rejects.toBeInstanceOf(WrongExpectedVersionError);
        await expect(appended).rejects.toMatchObject({ streamName: stream, actualVersion: 1n });
      }
    }
  });

  test('to a stream that is not there', async () => {
    const refused = { actualVersion: 'no_stream' };
    await expect(through.append('project-1', several(1), 0n)).rejects.toMatchObject({
      ...refused,
      expectedVersion: 0n,
    });
    await expect(through.append('project-1', several(1), STREAM_EXISTS)).rejects.toMatchObject(refused);
    await through.client.setStreamMetadata('project-1', { maxCount: 10 });
    await expect(through.append('project-1', several(1), STREAM_EXISTS)).resolves.toMatchObject({ success: true });
  });

  test('the same events at the same revision are a success with their old position, even when the stream has moved on', async () => {
    await through.append('project-1', several(0));
    const events = several(1, 2);
    const first = await through.append('project-1', events, 0n);
    await through.append('project-1', several(3));

    expect(await through.append('project-1', events, 0n)).toEqual(first);
    expect(await through.append('project-1', events, ANY)).toEqual(first);
    expect(await through.numbersIn('project-1')).toEqual([0, 1, 2, 3]);
  });

  test('events that are partly the same are a wrong expected version', async () => {
    const [one, two] = [numbered(1), numbered(2)];
    await through.append('project-1', [one, two]);

    for (const expected of [NO_STREAM, ANY] as const) {
      const repeated = through.append('project-1', [one, two, numbered(3)], expected);
      await expect(repeated).rejects.toBeInstanceOf(WrongExpectedVersionError);
    }
    await expect(through.append('project-1', [two], NO_STREAM)).rejects.toBeInstanceOf(WrongExpectedVersionError);
  });

  test('idempotence without an expected revision is a cache: after a restart the same event is written twice', async () => {
    const events = several(1);
    await through.append('project-1', events);
    await through.append('project-1', events);
    expect(through.numbersWritten('project-1')).toEqual([1]);

    await through.double.restart();
    await untilTaken(() => through.append('project-1', events));
    expect(through.numbersWritten('project-1')).toEqual([1, 1]);
    await expect(through.append('project-1', events, NO_STREAM)).resolves.toMatchObject({ nextExpectedRevision: 0n });
  });

  test('more than a MiB is refused, whether it comes in one message or in several', async () => {
    const large = Array.from({ length: 11 }, (_, n) => ({ ...numbered(n), data: { n, text: 'x'.repeat(100_000) } }));
    for (const options of [{}, { batchAppendSize: 250_000 }, { credentials: { username: 'by', password: 'Append' } }]) {
      const appended = through.append('project-1', large, ANY, options);
      await expect(appended).rejects.toBeInstanceOf(MaxAppendSizeExceededError);
      await expect(appended).rejects.toMatchObject({ maxAppendSize: 1024 * 1024 });
    }
    await through.append('project-1', large.slice(0, 10), ANY, { batchAppendSize: 250_000 });
    expect(await through.numbersIn('project-1')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('what its turn reaches after its deadline is not executed', async () => {
    through.double.faults.delay({ before: 80 });
    const appended = through.append('project-1', several(1), ANY, { deadline: 40 });
    await expect(appended).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(through.numbersWritten('project-1')).toEqual([]);
  });

  test('many at once go in order over one connection', async () => {
    // The client lets those that wait for its first connection overtake each other.
    await through.append('project-1', several(0));
    const numbers = Array.from({ length: 200 }, (_, n) => n + 1);
    await Promise.all(numbers.map((n) => through.append('project-1', several(n))));
    expect(await through.numbersIn('project-1')).toEqual([0, ...numbers]);
    expect(through.double.connections).toBe(1);
  });
});

describe('read', () => {
  test('a stream forwards and backwards, from a revision, with a count', async () => {
    await through.append('project-1', several(0, 1, 2, 3, 4));
    const read = (options: object): Promise<number[]> => through.numbersIn('project-1', options);

    expect(await read({})).toEqual([0, 1, 2, 3, 4]);
    expect(await read({ fromRevision: 2n, maxCount: 2 })).toEqual([2, 3]);
    expect(await read({ direction: BACKWARDS, fromRevision: END, maxCount: 2 })).toEqual([4, 3]);
    expect(await read({ direction: BACKWARDS, fromRevision: 2n })).toEqual([2, 1, 0]);
    expect(await read({ fromRevision: 9n })).toEqual([]);
  });

  test('a stream that is not there', async () => {
    for (const options of [{}, { direction: BACKWARDS, fromRevision: END }]) {
      await expect(through.numbersIn('project-1', options)).rejects.toBeInstanceOf(StreamNotFoundError);
    }
  });

  test('$all forwards from a position with it, backwards without it', async () => {
    await through.append('project-1', several(0, 1, 2));
    const { client } = through;
    const [zero, one, two] = (await collect(client.readAll())).slice(-3);
    const fromPosition = one?.event?.position;

    expect(numbersOf(await collect(client.readAll({ fromPosition })))).toEqual([1, 2]);
    expect(numbersOf(await collect(client.readAll({ fromPosition, maxCount: 1 })))).toEqual([1]);
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition, maxCount: 1 }))).toEqual([zero]);
    expect(await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }))).toEqual([two]);
  });

  test("$all holds the server's own events, too: settings, metadata, statistics, links", async () => {
    through.double.writeSystemEvents(2);
    const all = await collect(through.client.readAll());
    const types = all.map(({ event }) => event?.type);

    expect(types).toEqual(expect.arrayContaining(['update', '$metadata', '$statsCollected', '$>']));
    expect(all.every(({ event }) => event?.streamId.startsWith('$'))).toBe(true);
  });

  test('$all from within a record is refused, from behind the end is empty', async () => {
    const { position } = await through.append('project-1', several(0));
    const from = (commit: bigint) =>
      collect(through.client.readAll({ fromPosition: { commit, prepare: commit }, maxCount: 5 }));

    await expect(from((position?.commit ?? 0n) + 1n)).rejects.toBeInstanceOf(UnknownError);
    expect(await from(through.double.log.head)).toEqual([]);
    expect(await from(through.double.log.head + 10_000n)).toEqual([]);
  });
});
