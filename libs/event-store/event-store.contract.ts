import { randomUUID } from 'node:crypto';
import { anywhere, newStream, nextAppend, StreamEnd, tally, tester } from '../../test/support/tally';
import { SealedEvent } from '../audit/hash-chain';
import { verifyStream } from '../audit/verify-stream';
import { CommandHandler } from './command-handler';
import { describeCommandRaces } from './command-races.contract';
import { ConcurrencyConflict, EventStore, EventTooLarge, RecordedEvent } from './event-store';
import { EVENT_LIMIT } from './prepared-append';

/**
 * What every adapter of {@link EventStore} must do. `open` gives another instance on one and the same store, as another
 * process would have it; the store need not be empty, so each test starts from its end.
 */
export function describeEventStore(name: string, open: () => Promise<EventStore>): void {
  describe(`${name} keeps the contract of an event store`, () => {
    let store: EventStore;
    let other: EventStore;

    beforeAll(async () => {
      [store, other] = await Promise.all([open(), open()]);
    });
    afterAll(async () => {
      await Promise.all([store.close(), other.close()]);
    });

    /** Appends some events, one by one or together, and gives the new end of the stream. */
    async function append(end: StreamEnd, count = 1, data?: (index: number) => Record<string, unknown>) {
      const next = nextAppend(end, count, data);
      return { ...(await store.append(next.request)), request: next.request, end: next.end };
    }

    async function readStream(stream: string, fromRevision?: number): Promise<RecordedEvent[]> {
      return Array.fromAsync(store.readStream(stream, { fromRevision }));
    }

    /** Follows from a position until so many events have come, then aborts. */
    async function follow(after: string | undefined, count: number, from = store): Promise<RecordedEvent[][]> {
      const stop = new AbortController();
      const batches: RecordedEvent[][] = [];
      for await (const batch of from.followAll({ after, signal: stop.signal })) {
        batches.push(batch);
        if (batches.flat().length >= count) stop.abort();
      }
      return batches;
    }

    function expectInOrder(events: readonly RecordedEvent[]): void {
      for (const [index, event] of events.entries()) {
        const before = events[index - 1];
        if (before && store.compare(before.position, event.position) >= 0) {
          throw new Error(`${before.position} comes before ${event.position}`);
        }
      }
    }

    describe('append', () => {
      test('what was written is read as it was written', async () => {
        const said = {
          text: '落地 “é” 😀 \\u0000 \n',
          number: 0.1,
          large: 9007199254740991,
          nested: { list: [null, true, {}] },
        };
        const { request, revision, position } = await append(newStream(), 2, (index) => ({ ...said, index }));
        expect(revision).toBe(1);
        const events = await readStream(request.stream);
        expect(events).toStrictEqual(
          request.events.map((event, index) => ({
            stream: request.stream,
            revision: index,
            position: index === 1 ? position : expect.any(String),
            ...event,
          })),
        );
      });

      test.each([
        ['a new stream is expected, and it exists', 3, -1],
        ['an older revision is expected', 3, 1],
        ['a revision is expected that is yet to come', 3, 5],
        ['a stream is expected that does not exist', 0, 0],
      ])('a conflict: %s', async (_, existing, expectedRevision) => {
        const stream = newStream();
        if (existing > 0) await append(stream, existing);
        // Sealed as if the stream were where the caller believes.
        const { request } = nextAppend({ ...stream, revision: expectedRevision });
        const conflict = store.append({ ...request, expectedRevision });
        await expect(conflict).rejects.toThrow(ConcurrencyConflict);
        await expect(conflict).rejects.toMatchObject({
          stream: stream.stream,
          expectedRevision,
          actualRevision: existing - 1,
        });
        expect(await readStream(stream.stream)).toHaveLength(existing);
      });

      test('appends at once fail one by one', async () => {
        const taken = await append(newStream());
        const fresh = Array.from({ length: 20 }, () => nextAppend(newStream(), 2).request);
        const stale = nextAppend({ ...taken.end, revision: -1, hash: '0'.repeat(64) }).request;
        const results = await Promise.allSettled(
          [...fresh.slice(0, 7), stale, ...fresh.slice(7)].map((it) => store.append(it)),
        );
        expect(results.map(({ status }) => status)).toEqual([
          ...Array<string>(7).fill('fulfilled'),
          'rejected',
          ...Array<string>(13).fill('fulfilled'),
        ]);
        const histories = await store.readStreams(fresh.map(({ stream }) => stream));
        expect([...histories.values()].map((events) => events.length)).toEqual(Array(20).fill(2));
      });

      test('of many who append to one revision, through two instances, one wins', async () => {
        const end = newStream();
        const results = await Promise.allSettled(
          Array.from({ length: 10 }, (_, index) => (index % 2 ? store : other).append(nextAppend(end).request)),
        );
        expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        for (const result of results) {
          if (result.status === 'rejected')
            expect(result.reason).toMatchObject({ name: 'ConcurrencyConflict', actualRevision: 0 });
        }
        expect(await readStream(end.stream)).toHaveLength(1);
      });

      test('an event that is too large is refused, and with it its whole append', async () => {
        const stream = newStream();
        const large = store.append(nextAppend(stream, 2, (index) => ({ text: 'x'.repeat(index * 8_000_000) })).request);
        await expect(large).rejects.toThrow(EventTooLarge);
        await expect(large).rejects.toMatchObject({ stream: stream.stream, limit: expect.any(Number) });
        expect(await readStream(stream.stream)).toEqual([]);
      });

      test('an event up to the limit is taken, and not a byte more: what one store holds another can hold', async () => {
        const { request } = nextAppend(newStream(), 1, () => ({ text: '' }));
        const [{ type, data, metadata }] = request.events as [SealedEvent];
        const texts = JSON.stringify(data) + JSON.stringify(metadata);
        const room = EVENT_LIMIT - Buffer.byteLength(texts) - 2 * type.length;
        const ofLength = (length: number) => nextAppend(newStream(), 1, () => ({ text: 'x'.repeat(length) })).request;
        await expect(store.append(ofLength(room + 1))).rejects.toThrow(EventTooLarge);
        expect(await store.append(ofLength(room))).toMatchObject({ revision: 0 });
      });

      test('no events are no append', async () => {
        await expect(store.append({ stream: newStream().stream, expectedRevision: -1, events: [] })).rejects.toThrow(
          RangeError,
        );
      });
    });

    describe('streams', () => {
      test('a long stream is read in order, from any revision', async () => {
        let { end } = await append(newStream(), 800);
        ({ end } = await append(end, 800));
        ({ end } = await append(end, 800));
        const events = await readStream(end.stream);
        expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 2_400 }, (_, index) => index));
        expectInOrder(events);
        expect(await readStream(end.stream, 2_398)).toStrictEqual(events.slice(2_398));
        expect(await readStream(end.stream, 2_400)).toEqual([]);
      });

      test('a stream that does not exist is empty', async () => {
        expect(await readStream(newStream().stream)).toEqual([]);
      });

      test('several streams at once', async () => {
        const [a, b] = [await append(newStream(), 3), await append(newStream(), 1)];
        const none = newStream().stream;
        const histories = await store.readStreams([b.end.stream, none, a.end.stream, b.end.stream]);
        expect([...histories.keys()].sort()).toEqual([a.end.stream, b.end.stream, none].sort());
        expect(histories.get(a.end.stream)).toStrictEqual(await readStream(a.end.stream));
        expect(histories.get(b.end.stream)).toStrictEqual(await readStream(b.end.stream));
        expect(histories.get(none)).toEqual([]);
        expect(await store.readStreams([])).toEqual(new Map());
      });

      test('the hash chain of what was written verifies', async () => {
        let { end } = await append(newStream());
        for (let index = 0; index < 5; index += 1) ({ end } = await append(end, 2));
        expect(verifyStream(await readStream(end.stream))).toEqual({
          verified: true,
          events: 11,
          faults: [],
          end: { revision: 10, hash: end.hash },
        });
      });

      test('an aborted signal ends reading with its reason', async () => {
        const { end } = await append(newStream());
        const signal = AbortSignal.abort(new Error('enough'));
        await expect(Array.fromAsync(store.readStream(end.stream, { signal }))).rejects.toThrow('enough');
        await expect(Array.fromAsync(store.readAll({ signal }))).rejects.toThrow('enough');
      });
    });

    describe('the whole store', () => {
      test('is read in batches, in the order of appends, up to where it ended', async () => {
        const after = await store.head();
        const appended: string[] = [];
        for (let index = 0; index < 7; index += 1) appended.push((await append(newStream())).end.stream);
        const batches: RecordedEvent[][] = [];
        for await (const batch of store.readAll({ after, batchSize: 3 })) {
          batches.push(batch);
          await append(newStream());
        }
        expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1]);
        expect(batches.flat().map(({ stream }) => stream)).toEqual(appended);
        expectInOrder(batches.flat());
        const rest = await Array.fromAsync(store.readAll({ after: batches.at(-1)?.at(-1)?.position }));
        expect(rest.flat()).toHaveLength(3);
        const nothing = await Array.fromAsync(store.readAll({ after: await store.head() }));
        expect(nothing).toEqual([]);
      });

      test('is followed: what is there, then what comes, also from another instance', async () => {
        const after = await store.head();
        const first = await append(newStream(), 2);
        const followed = follow(after, 4);
        const second = nextAppend(newStream(), 2).request;
        await other.append(second);
        const events = (await followed).flat();
        expect(events.map(({ stream }) => stream)).toEqual([
          first.end.stream,
          first.end.stream,
          second.stream,
          second.stream,
        ]);
        expectInOrder(events);
      });

      test('following ends on abort without an error, while it waits and before it starts', async () => {
        const after = await store.head();
        const stop = new AbortController();
        const waiting = Array.fromAsync(store.followAll({ after, signal: stop.signal }));
        setImmediate(() => stop.abort());
        expect(await waiting).toEqual([]);
        expect(await Array.fromAsync(store.followAll({ signal: AbortSignal.abort() }))).toEqual([]);
      });

      test('a follower sees what many write at once exactly once and in order', async () => {
        const after = await store.head();
        const followed = follow(after, 400, other);
        const writers = Array.from({ length: 20 }, async (_, writer) => {
          let end = newStream();
          for (let index = 0; index < 10; index += 1) {
            const next = nextAppend(end, 2, (offset) => ({ writer, number: index * 2 + offset }));
            await (writer % 2 ? store : other).append(next.request);
            end = next.end;
          }
          return end.stream;
        });
        const streams = await Promise.all(writers);
        const events = (await followed).flat();
        expect(events).toHaveLength(400);
        expectInOrder(events);
        for (const [writer, stream] of streams.entries()) {
          const own = events.filter((event) => event.stream === stream);
          expect(own.map(({ revision }) => revision)).toEqual(Array.from({ length: 20 }, (_, index) => index));
          expect(own.map(({ data }) => data)).toEqual(Array.from({ length: 20 }, (_, number) => ({ writer, number })));
        }
      });

      test('positions compare, the head is the newest, and a backlog counts what lies between', async () => {
        const first = await append(newStream());
        const second = await append(newStream(), 3);
        const [a, b] = [first.position, second.position];
        expect([Math.sign(store.compare(a, b)), Math.sign(store.compare(b, a)), store.compare(a, a)]).toEqual([
          -1, 1, 0,
        ]);
        expect(await store.head()).toBe(b);
        expect(await other.head()).toBe(b);
        expect(await store.backlog(a)).toEqual({
          events: 3,
          oldestRecordedAt: second.request.events[0]?.metadata.recordedAt,
        });
        expect(await store.backlog(b)).toEqual({ events: 0 });
        expect((await store.backlog(undefined)).events).toBeGreaterThanOrEqual(4);
      });

      test.each(['', 'x', '-1', '1.5', ' 1', '1e3', '99999999999999999999'])(
        'no position of any store: %j',
        async (position) => {
          const { position: good } = await append(newStream());
          expect(() => store.compare(position, good)).toThrow(RangeError);
          expect(() => store.compare(good, position)).toThrow(RangeError);
          await expect(Array.fromAsync(store.readAll({ after: position }))).rejects.toThrow(RangeError);
          await expect(Array.fromAsync(store.followAll({ after: position }))).rejects.toThrow(RangeError);
          await expect(store.backlog(position)).rejects.toThrow(RangeError);
        },
      );
    });

    test('every instance of a store has its identity', () => {
      expect(store.storeId).toBe(other.storeId);
      expect(store.storeId).toMatch(/^[a-z]+:.+/);
    });

    test('a command that is sent again has one effect and one answer', async () => {
      const [here, there] = [store, other].map((it) => new CommandHandler(it, tally, anywhere));
      const request = {
        stream: newStream().stream,
        commandId: randomUUID(),
        actor: tester,
        commands: [{ add: 2 }, { add: 3 }],
      };
      const [first, again] = [await here?.handle(request), await there?.handle(request)];
      expect(first).toMatchObject({ revision: 1, state: { total: 5 }, repeated: false });
      expect(again).toStrictEqual({ ...first, repeated: true });
      expect(await readStream(request.stream)).toHaveLength(2);
    });

    describeCommandRaces(() => [store, other]);

    test('a closed store ends those who follow it, and takes no more appends', async () => {
      const closing = await open();
      const following = Array.fromAsync(closing.followAll({ after: await closing.head() }));
      const pending = closing.append(nextAppend(newStream()).request);
      await closing.close();
      await closing.close();
      await expect(pending).resolves.toMatchObject({ revision: 0 });
      expect((await following).flat().length).toBeLessThanOrEqual(1);
      await expect(closing.append(nextAppend(newStream()).request)).rejects.toThrow('closed');
    });
  });
}
