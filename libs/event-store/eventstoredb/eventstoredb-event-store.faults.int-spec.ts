import { randomUUID } from 'node:crypto';
import { EventStoreDbDouble, startEventStoreDbDouble } from '../../../test/support/eventstoredb/double';
import { anywhere, newStream, nextAppend, tally, tester } from '../../../test/support/tally';
import { seal } from '../../audit/hash-chain';
import { verifyStream } from '../../audit/verify-stream';
import { CommandHandler } from '../command-handler';
import {
  AppendInDoubt,
  ConcurrencyConflict,
  EventStoreUnavailable,
  EventTooLarge,
  RecordedEvent,
} from '../event-store';
import { Connection } from './connection';
import { EventStoreDbEventStore, EventStoreDbOptions } from './eventstoredb-event-store';
import { RETRY_PAUSES_MS } from './reader';

/** Faults are made by the double, so that these tests never run against a real server. */
const DROPS = Number(process.env.LUODI_KILLS ?? 200);
const PREFIXES = ['test-'];
/** After these a client sends its command again. */
const AGAIN = [AppendInDoubt, EventStoreUnavailable, ConcurrencyConflict];

let double: EventStoreDbDouble;
let store: EventStoreDbEventStore;
const opened: EventStoreDbEventStore[] = [];

async function open(options: EventStoreDbOptions = {}): Promise<EventStoreDbEventStore> {
  const another = await EventStoreDbEventStore.open(double.url, { prefixes: PREFIXES, ...options });
  opened.push(another);
  return another;
}

beforeEach(async () => {
  double = await startEventStoreDbDouble();
  store = await open();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await double.stop();
});

function eventsOf({ stream }: { stream: string }): Promise<RecordedEvent[]> {
  return Array.fromAsync(store.readStream(stream));
}

/** Follows until so many events have come. */
async function follow(from: EventStoreDbEventStore, count: number, after?: string): Promise<RecordedEvent[]> {
  const stop = new AbortController();
  const events: RecordedEvent[] = [];
  for await (const batch of from.followAll({ after, signal: stop.signal })) {
    events.push(...batch);
    if (events.length >= count) stop.abort();
  }
  return events;
}

/** As a client does: the same command again until there is an answer. */
async function untilAnswered<T>(send: () => Promise<T>, errors: Map<string, number>): Promise<T> {
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!AGAIN.some((type) => error instanceof type)) throw error;
      const { name } = error as Error;
      errors.set(name, (errors.get(name) ?? 0) + 1);
    }
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

describe('an append whose answer is lost', () => {
  test.each([
    ['drop', true],
    ['drop', false],
    ['timeout', true],
    ['timeout', false],
    ['silence', true],
    ['silence', false],
    ['not-ready', false],
  ] as const)('by %s, written: %s, has one effect and one answer', async (answer, executed) => {
    const impatient = await open({ appendTimeoutMs: 200 });
    const stream = newStream();
    const { request, end } = nextAppend(stream, 3);
    double.faults.failAppends({ executed, answer });
    const { revision, position } = await impatient.append(request);
    const events = await eventsOf(stream);
    expect(events).toHaveLength(3);
    expect({ revision, position }).toEqual({ revision: 2, position: events[2]?.position });
    expect(await impatient.append(nextAppend(end).request)).toMatchObject({ revision: 3 });
  });

  test.each(['error', 'unknown', 'internal'] as const)('by a call that fails with %s has one effect', async (how) => {
    const { request, end } = nextAppend(newStream(), 2);
    double.faults.failCalls(1, how);
    expect(await store.append(request)).toMatchObject({ revision: 1 });
    expect(await eventsOf(end)).toHaveLength(2);
  });

  test('is found also when others have appended behind it', async () => {
    const impatient = await open({ appendTimeoutMs: 200 });
    const { request, end } = nextAppend(newStream(), 2);
    double.faults.failAppends({ executed: true, answer: 'silence' });
    const appending = impatient.append(request);
    await until(() => double.events.some(({ stream }) => stream === end.stream));
    await store.append(nextAppend(end, 2).request);
    const outcome = await appending;
    expect(outcome.revision).toBe(1);
    const events = await eventsOf(end);
    expect(outcome.position).toBe(events[1]?.position);
    expect(events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3]);
  });

  test.each(['other ids', 'the same ids'])(
    'is a conflict when it was lost and somebody else, with %s, stands in its place',
    async (ids) => {
      const late = await open();
      const stream = newStream();
      const { request } = nextAppend(stream);
      const { request: other } = nextAppend(stream, 1, () => ({ by: 'another' }));
      if (ids === 'the same ids') {
        const ofBoth = request.events.map((event) => ({ ...event, data: { by: 'another' } }));
        other.events = seal(ofBoth, stream);
      }
      double.faults.failAppends({ executed: false, answer: 'silence' });
      const faults = jest.spyOn(double.faults, 'takeAppendFault');
      const appending = late.append(request).catch((error: unknown) => error);
      await until(() => faults.mock.calls.length === 1);
      await store.append(other);
      // Not by a time limit: it would be sent again before the other has come, where the machine is slow.
      double.faults.dropConnections();
      expect(await appending).toMatchObject({ name: 'ConcurrencyConflict', actualRevision: 0 });
      expect((await eventsOf(stream)).map(({ data }) => data)).toEqual([other.events[0]?.data]);
    },
  );

  test('stays in doubt when the server does not come back, and the same command settles it later', async () => {
    const handler = new CommandHandler(store, tally, anywhere);
    const command = { stream: newStream().stream, commandId: randomUUID(), actor: tester, commands: [{ add: 7 }] };
    double.faults.failAppends({ executed: true, answer: 'drop' });
    const appending = handler.handle(command).catch((error: unknown) => error);
    await until(() => double.events.some(({ stream }) => stream === command.stream));
    await double.refuse();
    const error = await appending;
    expect(error instanceof AppendInDoubt || error instanceof EventStoreUnavailable).toBe(true);
    await double.accept();
    const outcome = await handler.handle(command);
    expect(outcome).toMatchObject({ revision: 0, state: { total: 7 }, repeated: true });
    expect(outcome.eventIds).toEqual((await eventsOf(command)).map(({ metadata }) => metadata.eventId));
  });
});

test('a server that cannot be reached is unavailable, and the store goes on when it is back', async () => {
  const { request, end } = nextAppend(newStream());
  await store.append(request);
  await double.refuse();
  const next = nextAppend(end).request;
  await expect(store.head()).rejects.toThrow(EventStoreUnavailable);
  await expect(store.append(next)).rejects.toThrow(EventStoreUnavailable);
  await expect(EventStoreDbEventStore.open(double.url)).rejects.toThrow(EventStoreUnavailable);
  await double.accept();
  expect(await store.append(next)).toMatchObject({ revision: 1 });
});

test('what the server finds too large is refused as what we find too large', async () => {
  const strict = await startEventStoreDbDouble({ maximumAppendSize: 10_000 });
  const there = await EventStoreDbEventStore.open(strict.url, { prefixes: PREFIXES });
  try {
    const large = there.append(nextAppend(newStream(), 1, () => ({ text: 'x'.repeat(20_000) })).request);
    await expect(large).rejects.toThrow(EventTooLarge);
    await expect(large).rejects.toMatchObject({ limit: 10_000 });
    const ours = there.append(nextAppend(newStream(), 20, () => ({ text: 'x'.repeat(60_000) })).request);
    await expect(ours).rejects.toMatchObject({ name: 'EventTooLarge', limit: 1024 * 1024 });
  } finally {
    await there.close();
    await strict.stop();
  }
});

test('streams that no reader would see are refused', async () => {
  const append = store.append(nextAppend({ ...newStream(), stream: `other-${randomUUID()}` }).request);
  await expect(append).rejects.toThrow(/is no stream of this store/);
});

describe('identity', () => {
  test('of many who open a new store at once one names it, and it keeps the name', async () => {
    const fresh = await startEventStoreDbDouble();
    const all = await Promise.all(Array.from({ length: 8 }, () => EventStoreDbEventStore.open(fresh.url)));
    await fresh.restart();
    all.push(await EventStoreDbEventStore.open(fresh.url));
    expect(new Set(all.map(({ storeId }) => storeId)).size).toBe(1);
    expect(fresh.events.filter(({ stream }) => stream === 'luodi-store')).toHaveLength(1);
    await Promise.all(all.map((each) => each.close()));
    await fresh.stop();
    expect(all[0]?.storeId).not.toBe(store.storeId);
  });

  test('positions beyond the end, of no event, and of PostgreSQL are refused', async () => {
    const { position } = await store.append(nextAppend(newStream()).request);
    const beyond = position.replace(/\d+/g, (number) => String(Number(number) + 1_000_000));
    for (const after of [beyond, '17']) {
      await expect(Array.fromAsync(store.readAll({ after }))).rejects.toThrow(RangeError);
      await expect(Array.fromAsync(store.followAll({ after }))).rejects.toThrow(RangeError);
      await expect(store.backlog(after)).rejects.toThrow(RangeError);
    }
    const between = position.replace(/\d+/g, (number) => String(Number(number) - 1));
    await expect(Array.fromAsync(store.readAll({ after: between }))).rejects.toThrow(RangeError);
  });
});

describe('a reader', () => {
  test('sees no system events, and none of other programs', async () => {
    const { request } = nextAppend(newStream(), 3);
    double.writeSystemEvents(50);
    await store.append(request);
    double.writeSystemEvents(50);
    const foreign = await EventStoreDbEventStore.open(double.url, { prefixes: ['other-'] });
    await foreign.append(nextAppend({ ...newStream(), stream: `other-${randomUUID()}` }).request);
    await foreign.close();
    const events = (await Array.fromAsync(store.readAll())).flat();
    expect(events.map(({ stream }) => stream)).toEqual(Array(3).fill(request.stream));
    expect(await store.head()).toBe(events[2]?.position);
    expect(await store.backlog(events[0]?.position)).toMatchObject({ events: 2 });
  });

  test('goes on in the middle of an append', async () => {
    await store.append(nextAppend(newStream(), 5).request);
    const all = (await Array.fromAsync(store.readAll())).flat();
    expect(new Set(all.map(({ position }) => position)).size).toBe(5);
    for (const [index, { position }] of all.entries()) {
      expect((await Array.fromAsync(store.readAll({ after: position, batchSize: 2 }))).flat()).toEqual(
        all.slice(index + 1),
      );
      if (index < 4) expect(await follow(store, 4 - index, position)).toEqual(all.slice(index + 1));
    }
  });

  test.each(['drop', 'error', 'unknown', 'internal', 'end'] as const)(
    'reads all, whatever cuts its reads off: %s',
    async (fault) => {
      const { request } = nextAppend(newStream(), 120);
      await store.append(request);
      double.faults.failReadsAfter(50, fault, 2);
      expect((await Array.fromAsync(store.readAll({ batchSize: 40 }))).flat()).toHaveLength(120);
      double.faults.failReadsAfter(50, fault, 2);
      expect(await Array.fromAsync(store.readStream(request.stream))).toHaveLength(120);
    },
  );
});

describe('a follower', () => {
  test('whose subscription brings nothing notices, raises the alarm, and goes on', async () => {
    const stalled: number[] = [];
    const watchful = await open({ quietMs: 50, observer: { stalled: (seconds) => stalled.push(seconds) } });
    const following = follow(watchful, 3);
    await store.append(nextAppend(newStream()).request);
    await until(() => double.faults.subscriptions === 1);
    double.faults.failSubscriptions('stall');
    await store.append(nextAppend(newStream(), 2).request);
    const events = await following;
    expect(events.map(({ revision }) => revision)).toEqual([0, 0, 1]);
    expect(stalled).toEqual([0.05]);
  });

  test('that has nothing to miss raises no alarm', async () => {
    const stalled = jest.fn();
    const watchful = await open({ quietMs: 10, observer: { stalled } });
    await store.append(nextAppend(newStream()).request);
    const stop = new AbortController();
    const following = Array.fromAsync(watchful.followAll({ signal: stop.signal }));
    await until(() => double.faults.subscriptions === 1);
    // Only the follower reads now: each time that it has heard nothing.
    const looks = jest.spyOn(Connection.prototype, 'read');
    await until(() => looks.mock.calls.length === 10);
    looks.mockRestore();
    stop.abort();
    expect((await following).flat()).toHaveLength(1);
    expect(stalled).not.toHaveBeenCalled();
  });

  const WAYS = ['drop', 'error', 'unknown', 'internal', 'end'] as const;
  test.each(WAYS)('survives a subscription that ends by %s', async (fault) => {
    const resubscribed = jest.fn();
    const watchful = await open({ observer: { resubscribed } });
    const following = follow(watchful, 40);
    // Not for ever, if it has ended.
    const isSubscribed = () => double.faults.subscriptions === 1;
    await Promise.race([following, until(isSubscribed)]);
    double.faults.failSubscriptionsAfter(7, fault, 5);
    await store.append(nextAppend(newStream(), 40).request);
    expect((await following).map(({ revision }) => revision)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(resubscribed).toHaveBeenCalled();
  });

  test.each(['error', 'unknown', 'internal'] as const)(
    'survives a server that answers every call with %s for longer than a read is tried',
    async (how) => {
      await store.append(nextAppend(newStream(), 2).request);
      const resubscribed = jest.fn();
      const watchful = await open({ observer: { resubscribed } });
      double.faults.failCalls(RETRY_PAUSES_MS.length + 2, how);
      expect((await follow(watchful, 2)).map(({ revision }) => revision)).toEqual([0, 1]);
      expect(resubscribed).toHaveBeenCalledWith(expect.any(EventStoreUnavailable));
    },
  );

  test('that was told that nothing of ours has come goes on from there, not from its last event', async () => {
    const { position } = await store.append(nextAppend(newStream()).request);
    const requests = jest.spyOn(Connection.prototype, 'subscribe');
    const following = follow(store, 1, position);
    await until(() => double.faults.subscriptions === 1);
    double.writeSystemEvents(3_000);
    const places = () =>
      requests.mock.calls.map(([request]) =>
        BigInt(request.getOptions()?.getAll()?.getPosition()?.getCommitPosition() ?? 0),
      );
    const skipped = () => {
      const [first = 0n, last = 0n] = [places()[0], places().at(-1)];
      return double.events.filter(({ position }) => position > first && position <= last).length;
    };
    // What it has been told until then is seen when it begins anew.
    while (skipped() < 2_000) {
      const before = requests.mock.calls.length;
      await until(() => double.faults.subscriptions === 1);
      double.faults.failSubscriptions('end');
      await until(() => requests.mock.calls.length > before);
    }
    await store.append(nextAppend(newStream()).request);
    expect(await following).toHaveLength(1);
    expect(`${places()[0]}`).toBe(position.split('-')[0]);
    requests.mockRestore();
  });
});

test(
  `${DROPS} dropped connections under load: every command has one effect, readers miss nothing`,
  async () => {
    const other = await open({ quietMs: 1_000 });
    const handlers = [store, other].map((each) => new CommandHandler(each, tally, anywhere));
    const stop = new AbortController();
    const followed: [RecordedEvent[], RecordedEvent[]] = [[], []];
    const following = [store, other].map(async (each, index) => {
      for await (const batch of each.followAll({ signal: stop.signal, batchSize: 50 })) followed[index]?.push(...batch);
    });
    let dropping = true;
    const acknowledged = new Map<string, { stream: string; revision: number; position: string }>();
    const streams = Array.from({ length: 8 }, () => newStream().stream);
    const errors = new Map<string, number>();
    const writers = Array.from({ length: 16 }, async (_, writer) => {
      const stream = streams[writer % 8] ?? '';
      while (dropping) {
        const command = { stream, commandId: randomUUID(), actor: tester, commands: [{ add: 0 }, { add: 0 }] };
        const handler = handlers[writer % 2] as (typeof handlers)[0];
        const { revision, position } = await untilAnswered(() => handler.handle(command), errors);
        acknowledged.set(command.commandId, { stream, revision, position });
      }
    });
    const watched = Promise.all(writers);
    for (let drops = 0; drops < DROPS; drops += 1) {
      const commands = acknowledged.size;
      if (drops % 3 === 0) double.faults.failAppends({ executed: drops % 2 === 0, answer: 'drop' });
      else if (drops % 3 === 1) double.faults.failSubscriptionsAfter(1 + (drops % 5), 'drop');
      else double.faults.dropConnections();
      await Promise.race([watched, until(() => acknowledged.size >= commands + 3)]);
    }
    dropping = false;
    double.faults.clear();
    await watched;
    const stored = (await Array.fromAsync(store.readAll())).flat();
    await Promise.race([Promise.all(following), until(() => followed.every(({ length }) => length >= stored.length))]);
    stop.abort();
    await Promise.all(following);

    expect(followed[0]).toStrictEqual(stored);
    expect(followed[1]).toStrictEqual(stored);
    const effects = new Map<string, RecordedEvent[]>();
    for (const event of stored) {
      effects.set(event.metadata.commandId, [...(effects.get(event.metadata.commandId) ?? []), event]);
    }
    expect(effects.size).toBe(acknowledged.size);
    for (const [commandId, { stream, revision, position }] of acknowledged) {
      expect(effects.get(commandId)).toMatchObject([
        { stream, revision: revision - 1 },
        { stream, revision, position },
      ]);
    }
    for (const history of (await store.readStreams(streams)).values())
      expect(verifyStream(history).verified).toBe(true);
    process.stderr.write(
      `${DROPS} drops, ${acknowledged.size} commands, errors: ${JSON.stringify(Object.fromEntries(errors))}\n`,
    );
  },
  60_000 + DROPS * 5_000,
); // A connection that breaks while it is made costs gRPC a pause of a second and more.
