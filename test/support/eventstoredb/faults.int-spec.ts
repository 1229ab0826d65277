import {
  DeadlineExceededError,
  EventStoreDBClient,
  type Position,
  type ResolvedEvent,
  streamNameFilter,
  TimeoutError,
  UnavailableError,
  UnknownError,
} from '@eventstore/db-client';
import { type AppendFault } from './faults';
import {
  collect,
  emitted,
  numbered,
  numberIn,
  numbersOf,
  several,
  ThroughTheClient,
  untilTaken,
} from './through-the-client';

/** What goes wrong when a test asks for it, as the real client sees it. */
const through = new ThroughTheClient();
beforeEach(() => through.start());
afterEach(() => through.stop());

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const filter = streamNameFilter({ prefixes: ['project-'] });

describe('appends', () => {
  const single = { credentials: { username: 'by', password: 'Append' } };
  test.each<[AppendFault['answer'], object, unknown]>([
    ['drop', {}, expect.any(Error)],
    ['drop', single, expect.any(Error)],
    ['timeout', {}, expect.any(DeadlineExceededError)],
    ['timeout', single, expect.any(TimeoutError)],
    ['not-ready', {}, expect.any(UnknownError)],
    ['not-ready', single, expect.any(UnavailableError)],
  ])('%s: an append of unknown fate, executed or not, and its repetition (%j)', async (answer, options, error) => {
    for (const executed of [true, false]) {
      const stream = `project-${executed}`;
      const events = several(1);
      through.double.faults.failAppends({ executed, answer });
      await expect(through.append(stream, events, 'no_stream', options)).rejects.toEqual(error);
      expect(through.numbersWritten(stream)).toEqual(executed ? [1] : []);

      await untilTaken(() => through.append(stream, events, 'no_stream', options));
      expect(through.numbersWritten(stream)).toEqual([1]);
    }
  });

  test('silence: no answer ever, and the client knows no deadline of a batched append; the next one is answered', async () => {
    await through.append('project-1', several(0));
    through.double.faults.failAppends({ executed: true, answer: 'silence' });
    let isAnswered = false;
    const answered = (): void => void (isAnswered = true);
    // The clock stands until it has been executed: behind its deadline the server would not.
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now());
    through.append('project-1', several(1), 'any', { deadline: 20 }).then(answered, answered);
    while (!through.numbersWritten('project-1').includes(1)) await turn();
    clock.mockRestore();
    await through.append('project-1', several(2));
    const deadline = Date.now() + 60;
    while (Date.now() < deadline) await turn();

    expect(isAnswered).toBe(false);
    expect(through.numbersWritten('project-1')).toEqual([0, 1, 2]);
  });

  test('delays hold the answers back without serialising them', async () => {
    await through.append('project-1', several(0));
    const { faults } = through.double;
    faults.delay({ before: 20, answer: 20 });
    const wait = faults.wait.bind(faults);
    const all = { before: Promise.withResolvers<void>(), answer: Promise.withResolvers<void>() };
    const waiting = { before: 0, answer: 0 };
    // Nobody goes on before all wait: one after the other they would never get so far.
    jest.spyOn(faults, 'wait').mockImplementation(async (when) => {
      if ((waiting[when] += 1) === 50) all[when].resolve();
      await all[when].promise;
      await wait(when);
    });
    const begin = performance.now();
    await Promise.all([...Array(50).keys()].map((n) => through.append('project-1', several(n + 1))));
    const took = performance.now() - begin;

    // Each of both may end a millisecond early, for timers count whole ones.
    expect(took).toBeGreaterThanOrEqual(38);
    expect(through.numbersWritten('project-1')).toEqual([...Array(51).keys()]);
  });
});

describe('calls', () => {
  test('UNAVAILABLE: appends, reads, subscriptions; then all is well', async () => {
    await through.append('project-1', several(0));
    const { faults } = through.double;
    faults.failCalls(3);
    await expect(through.append('project-1', several(1))).rejects.toBeInstanceOf(UnavailableError);
    await expect(through.numbersIn('project-1')).rejects.toBeInstanceOf(UnavailableError);
    await expect(collect(through.client.subscribeToAll())).rejects.toBeInstanceOf(UnavailableError);

    expect(await through.numbersIn('project-1')).toEqual([0]);
  });

  test.each(['unknown', 'internal'] as const)('%s: the client takes it for an unknown error', async (how) => {
    await through.append('project-1', several(0));
    const { faults } = through.double;
    faults.failCalls(3, how);
    await expect(through.append('project-1', several(1))).rejects.toBeInstanceOf(UnknownError);
    await expect(through.numbersIn('project-1')).rejects.toBeInstanceOf(UnknownError);
    await expect(collect(through.client.subscribeToAll())).rejects.toBeInstanceOf(UnknownError);

    expect(await through.numbersIn('project-1')).toEqual([0]);
  });

  test('refused for a while, on the same port with the same events afterwards', async () => {
    await through.append('project-1', several(0));
    await through.double.refuse();
    await expect(untilTaken(() => through.numbersIn('project-1'), 3)).rejects.toBeInstanceOf(UnavailableError);
    await through.double.accept();

    expect(await untilTaken(() => through.numbersIn('project-1'))).toEqual([0]);
  });

  test('a read breaks off: by its connection, with an error, without one, by silence', async () => {
    await through.append('project-1', several(0, 1, 2, 3));
    const { faults } = through.double;
    for (const fault of ['drop', 'error', 'unknown', 'internal'] as const) {
      faults.failReadsAfter(2, fault);
      await expect(through.numbersIn('project-1')).rejects.toBeInstanceOf(Error);
      await untilTaken(() => through.numbersIn('project-1'));
    }
    faults.failReadsAfter(2, 'end');
    expect(await through.numbersIn('project-1')).toEqual([0, 1]);

    faults.failReadsAfter(2, 'stall');
    const stalled = through.client.readStream('project-1');
    expect(numbersOf(await collect(stalled, 2))).toEqual([0, 1]);
  });
});

describe('subscriptions', () => {
  /** Subscribes again and again behind the last event seen, as a client has to. */
  async function follow(count: number): Promise<{ seen: number[]; interruptions: number }> {
    const seen: number[] = [];
    let interruptions = -1;
    let fromPosition: Position | undefined = undefined;
    for (; seen.length < count; interruptions++) {
      try {
        const subscription: AsyncIterable<ResolvedEvent> = through.client.subscribeToAll({ fromPosition, filter });
        for await (const { event } of subscription) {
          seen.push(numberIn(event?.data));
          fromPosition = event?.position;
          if (seen.length === count) break;
        }
      } catch (error) {
        if (!(error instanceof Error)) throw error;
      }
    }
    return { seen, interruptions };
  }

  test.each(['drop', 'error', 'end'] as const)(
    '%s: 200 times, nothing is lost, repeated or disordered',
    async (fault) => {
      const numbers = [...Array(1000).keys()];
      through.double.faults.failSubscriptionsAfter(4, fault, 200);
      const [{ seen, interruptions }] = await Promise.all([follow(1000), appendSlowly(numbers)]);

      expect(seen).toEqual(numbers);
      expect(interruptions).toBeGreaterThanOrEqual(200);
    },
  );

  async function appendSlowly(numbers: number[]): Promise<void> {
    // By Append: a broken subscription makes the client give up its channel, and a batch append that goes over the next
    // one is then told of the end of the last, after which its answer is an uncaught TypeError in the client.
    const options = { credentials: { username: 'by', password: 'Append' } };
    for (const n of numbers) {
      const event = numbered(n);
      await untilTaken(() => through.append('project-1', [event], n === 0 ? 'no_stream' : BigInt(n - 1), options));
    }
  }

  test('stall: open, silent, and nobody says so; a new one gets everything', async () => {
    const subscription = through.client.subscribeToAll({ filter }).resume();
    let seen = 0;
    subscription.on('data', () => seen++);
    await emitted(subscription, 'caughtUp');
    through.double.faults.failSubscriptions('stall');
    await through.append('project-1', several(0, 1));

    expect(await collect(through.client.subscribeToAll({ filter }), 2)).toHaveLength(2);
    expect(seen).toBe(0);
    expect(subscription.destroyed).toBe(false);
  });
});

test("a second client in the same process is told of the first one's broken connection, too: a fault of the client", async () => {
  const second = EventStoreDBClient.connectionString(through.double.url);
  await through.append('project-1', several(0));
  await second.appendToStream('project-2', several(0));
  through.double.faults.failAppends({ executed: true, answer: 'silence' });
  const silent = second.appendToStream('project-2', several(1)).catch((error: unknown) => error);
  through.double.faults.failCalls();
  await expect(through.append('project-1', several(1))).rejects.toBeInstanceOf(UnavailableError);

  expect(await silent).toBeInstanceOf(UnavailableError);
  await second.dispose();
});
