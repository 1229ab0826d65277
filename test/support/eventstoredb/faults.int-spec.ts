import {
  CancelledError,
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
import { collect, emitted, numbered, numberIn, numbersOf, several, ThroughTheClient } from './through-the-client';

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

      await until(() => through.append(stream, events, 'no_stream', options));
      expect(through.numbersWritten(stream)).toEqual([1]);
    }
  });

  test('silence: no answer ever, and the client knows no deadline of a batched append; the next one is answered', async () => {
    await through.append('project-1', several(0));
    through.double.faults.failAppends({ executed: true, answer: 'silence' });
    let isAnswered = false;
    const answered = (): void => void (isAnswered = true);
    through.append('project-1', several(1), 'any', { deadline: 20 }).then(answered, answered);
    await through.append('project-1', several(2));
    const deadline = Date.now() + 60;
    while (Date.now() < deadline) await turn();

    expect(isAnswered).toBe(false);
    expect(through.numbersWritten('project-1')).toEqual([0, 1, 2]);
  });

  test('delays hold the answers back without serialising them', async () => {
    await through.append('project-1', several(0));
    through.double.faults.delay({ before: 20, answer: 20 });
    const begin = performance.now();
    await Promise.all([...Array(50).keys()].map((n) => through.append('project-1', several(n + 1))));
    const took = performance.now() - begin;

    expect(took).toBeGreaterThan(39);
    expect(took).toBeLessThan(1000);
    expect(through.numbersWritten('project-1')).toEqual([...Array(51).keys()]);
  });
});

describe('calls', () => {
  test('UNAVAILABLE: appends, reads, subscriptions; then all is well', async () => {
    await through.append('project-1', several(0));
    const { faults } = through.double;
    faults.unavailable(3);
    await expect(through.append('project-1', several(1))).rejects.toBeInstanceOf(UnavailableError);
    await expect(through.numbersIn('project-1')).rejects.toBeInstanceOf(UnavailableError);
    await expect(collect(through.client.subscribeToAll())).rejects.toBeInstanceOf(UnavailableError);

    expect(await through.numbersIn('project-1')).toEqual([0]);
  });

  test('refused for a while, on the same port with the same events afterwards', async () => {
    await through.append('project-1', several(0));
    await through.double.refuse();
    await expect(until(() => through.numbersIn('project-1'), 3)).rejects.toBeInstanceOf(UnavailableError);
    await through.double.accept();

    expect(await until(() => through.numbersIn('project-1'))).toEqual([0]);
  });

  test('a read breaks off: by its connection, with an error, without one, by silence', async () => {
    await through.append('project-1', several(0, 1, 2, 3));
    const { faults } = through.double;
    for (const fault of ['drop', 'error'] as const) {
      faults.failReadsAfter(2, fault);
      await expect(through.numbersIn('project-1')).rejects.toBeInstanceOf(Error);
      await until(() => through.numbersIn('project-1'));
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
    for (const n of numbers) {
      const event = numbered(n);
      await until(() => through.append('project-1', [event], n === 0 ? 'no_stream' : BigInt(n - 1)));
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
  through.double.faults.unavailable();
  await expect(through.append('project-1', several(1))).rejects.toBeInstanceOf(UnavailableError);

  expect(await silent).toBeInstanceOf(UnavailableError);
  await second.dispose();
});

/** Again until it succeeds: the client needs a moment to notice that a connection has gone. */
async function until<T>(attempt: () => Promise<T>, attempts = 50): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      const isPassing =
        error instanceof UnavailableError || error instanceof CancelledError || error instanceof UnknownError;
      if (!isPassing || n >= attempts) throw error;
      await turn();
    }
  }
}
