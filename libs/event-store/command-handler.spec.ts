import { randomUUID } from 'node:crypto';
import { Memory, MemoryEventStore, newMemory } from '../../test/support/memory-event-store';
import { Add, Added, anywhere, newStream, Tally, tally, tester } from '../../test/support/tally';
import { verifyStream } from '../audit/verify-stream';
import { Refusal } from '../project/refusal';
import { BackfillTooLate, CommandHandler, CommandIdReused, CommandRequest } from './command-handler';
import { AppendInDoubt, AppendRequest, AppendResult, ConcurrencyConflict, EventTooLarge } from './event-store';

type Append = (request: AppendRequest) => Promise<AppendResult>;

/** A store whose next appends go through what the test puts in their way. */
class UnreliableEventStore extends MemoryEventStore {
  obstacles: ((append: Append, request: AppendRequest) => Promise<AppendResult>)[] = [];
  appends = 0;

  override async append(request: AppendRequest): Promise<AppendResult> {
    this.appends += 1;
    const obstacle = this.obstacles.shift();
    const append: Append = (it) => super.append(it);
    return obstacle ? obstacle(append, request) : append(request);
  }
}

let memory: Memory;
let store: UnreliableEventStore;
let handler: CommandHandler<Tally, Add, Added>;
let stream: string;
let now: string;

beforeEach(() => {
  memory = newMemory();
  store = new UnreliableEventStore(memory);
  now = '2024-05-13T02:00:00.000Z';
  handler = new CommandHandler(store, tally, anywhere, () => new Date(now));
  stream = newStream().stream;
});

function adding(add: number | number[], rest: Partial<CommandRequest<Add>> = {}): CommandRequest<Add> {
  const commands = [add].flat().map((it) => ({ add: it }));
  return { stream, commandId: randomUUID(), actor: tester, commands, ...rest };
}

async function history() {
  return Array.fromAsync(store.readStream(stream));
}

/** Somebody else adds to the stream, and only then the append goes on. */
const overtaken: UnreliableEventStore['obstacles'][number] = async (append, request) => {
  await new CommandHandler(new MemoryEventStore(memory), tally, anywhere).handle(adding(100));
  return append(request);
};
const lostBefore: UnreliableEventStore['obstacles'][number] = async (_, request) => {
  throw new AppendInDoubt(request.stream, { cause: new Error('cable') });
};
const lostAfter: UnreliableEventStore['obstacles'][number] = async (append, request) => {
  await append(request);
  throw new AppendInDoubt(request.stream, { cause: new Error('cable') });
};

describe('deciding', () => {
  test('several commands are decided one after the other and appended together', async () => {
    const outcome = await handler.handle(adding([1, 2, 3]));
    expect(outcome).toMatchObject({ stream, revision: 2, state: { total: 6, revision: 2 }, repeated: false });
    expect(store.appends).toBe(1);
    const events = await history();
    expect(outcome.eventIds).toEqual(events.map(({ metadata }) => metadata.eventId));
    expect(outcome.position).toBe(events.at(-1)?.position);
    expect(verifyStream(events).verified).toBe(true);
  });

  test('a refusal of one of them writes none', async () => {
    await expect(handler.handle(adding([1, 2_000]))).rejects.toThrow(Refusal);
    expect(await history()).toEqual([]);
  });

  test('metadata says who, when, by which command and from where', async () => {
    const request = adding(1, { correlationId: 'conversation', causationId: 'cause' });
    await handler.handle(request);
    await handler.handle({ ...adding(2), commandId: 'second' });
    expect((await history()).map(({ metadata }) => metadata)).toMatchObject([
      {
        commandId: request.commandId,
        correlationId: 'conversation',
        causationId: 'cause',
        actor: tester,
        schemaVersion: 1,
        recordedAt: now,
      },
      { commandId: 'second', correlationId: 'second', causationId: 'second' },
    ]);
  });

  test('today is the day in the time zone of the programme at the instant of recording', async () => {
    now = '2024-05-13T16:30:00.000Z';
    expect((await handler.handle(adding(1))).state.on).toBe('2024-05-14');
  });

  test('recording times do not run backwards when a clock does', async () => {
    await handler.handle(adding(1));
    now = '2024-05-13T01:59:59.000Z';
    await handler.handle(adding(1));
    expect((await history()).map(({ metadata }) => metadata.recordedAt)).toEqual(
      Array(2).fill('2024-05-13T02:00:00.000Z'),
    );
  });
});

describe('races', () => {
  test('a lost race is decided anew', async () => {
    store.obstacles = [overtaken, overtaken, overtaken];
    expect(await handler.handle(adding(5))).toMatchObject({ revision: 3, state: { total: 305 }, repeated: false });
  });

  test('many who write to one stream at once do not go on losing to each other in step', async () => {
    // As long as a transaction takes.
    store.obstacles = Array.from({ length: 1_000 }, () => async (append: Append, request: AppendRequest) => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return append(request);
    });
    await Promise.all(Array.from({ length: 16 }, () => handler.handle(adding(1))));
    expect(await history()).toHaveLength(16);
  });

  test('a lost race may end in a refusal', async () => {
    store.obstacles = [overtaken];
    await expect(handler.handle(adding(950))).rejects.toThrow(Refusal);
  });

  test('a race that is lost again and again is a conflict in the end', async () => {
    store.obstacles = Array.from({ length: 19 }, () => overtaken);
    await expect(handler.handle(adding(0))).rejects.toThrow(ConcurrencyConflict);
    expect(store.appends).toBe(10);
  });

  test.each([undefined, -1])(
    'who has won may be readable only later: the answer waits for it, expecting revision %s',
    async (expectedRevision) => {
      const command = adding(5, { expectedRevision });
      store.obstacles = [
        async (append, request) => {
          // Another process with the same command: its events stand in the log, and reads do not show them yet.
          await new CommandHandler(new MemoryEventStore(memory), tally, anywhere).handle(command);
          const read = jest.spyOn(store, 'readStreams').mockImplementation(async (streams) => {
            return new Map(streams.map((each) => [each, []]));
          });
          setTimeout(() => read.mockRestore(), 1);
          return append(request);
        },
      ];
      expect(await handler.handle(command)).toMatchObject({ revision: 0, state: { total: 5 }, repeated: true });
    },
  );

  test('a lost race is a conflict at once for who expected a revision', async () => {
    store.obstacles = [overtaken];
    const conflict = handler.handle(adding(5, { expectedRevision: -1 }));
    await expect(conflict).rejects.toMatchObject({
      name: 'ConcurrencyConflict',
      expectedRevision: -1,
      actualRevision: 0,
    });
    expect(await history()).toHaveLength(1);
  });

  test('an expectation that does not hold is a conflict before anything is decided', async () => {
    await handler.handle(adding(1));
    await expect(handler.handle(adding(2_000, { expectedRevision: 3 }))).rejects.toMatchObject({ actualRevision: 0 });
    await expect(handler.handle(adding(1, { expectedRevision: -1 }))).rejects.toThrow(ConcurrencyConflict);
    expect(await handler.handle(adding(1, { expectedRevision: 0 }))).toMatchObject({ revision: 1 });
    expect(store.appends).toBe(2);
  });
});

describe('the same command again', () => {
  test('has one effect and the answer it had, also after others', async () => {
    const request = adding([1, 2]);
    const first = await handler.handle(request);
    await handler.handle(adding(500));
    now = '2025-01-01T00:00:00.000Z';
    expect(await handler.handle(request)).toStrictEqual({ ...first, repeated: true });
    expect(await history()).toHaveLength(3);
  });

  test('whatever revision it expected', async () => {
    const request = adding(1, { expectedRevision: -1 });
    const first = await handler.handle(request);
    expect(await handler.handle(request)).toStrictEqual({ ...first, repeated: true });
  });

  test.each([undefined, -1])(
    'also when it is sent many times at once, expecting revision %s',
    async (expectedRevision) => {
      const request = adding([1, 2], { expectedRevision });
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => handler.handle(request)));
      expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
      const [answer, ...others] = outcomes.map(({ repeated: _, ...rest }) => rest);
      for (const other of others) expect(other).toStrictEqual(answer);
      expect(await history()).toHaveLength(2);
    },
  );

  test('its id is not for another command', async () => {
    const request = adding(1);
    await handler.handle(request);
    await expect(handler.handle({ ...request, commands: [{ add: 2 }] })).rejects.toThrow(CommandIdReused);
    await expect(handler.handle({ ...request, commands: [{ add: 1 }, { add: 1 }] })).rejects.toThrow(CommandIdReused);
    expect(await history()).toHaveLength(1);
  });

  test('its id may be used for another stream', async () => {
    const request = adding(1);
    await handler.handle(request);
    expect(await handler.handle({ ...request, stream: newStream().stream })).toMatchObject({
      revision: 0,
      repeated: false,
    });
  });
});

describe('an append in doubt', () => {
  test.each([undefined, -1])('that did not happen is sent again, expecting revision %s', async (expectedRevision) => {
    store.obstacles = [lostBefore, lostBefore];
    expect(await handler.handle(adding(1, { expectedRevision }))).toMatchObject({ revision: 0, repeated: false });
    expect(await history()).toHaveLength(1);
  });

  test.each([undefined, -1])('that did happen is found, expecting revision %s', async (expectedRevision) => {
    store.obstacles = [lostAfter];
    expect(await handler.handle(adding([1, 2], { expectedRevision }))).toMatchObject({ revision: 1, repeated: true });
    expect(await history()).toHaveLength(2);
  });

  test('that stays in doubt is told to the caller', async () => {
    store.obstacles = Array.from({ length: 9 }, () => lostBefore);
    await expect(handler.handle(adding(1))).rejects.toThrow(AppendInDoubt);
    expect(store.appends).toBe(5);
  });

  test('other errors are not tried again', async () => {
    store.obstacles = [(_, request) => Promise.reject(new EventTooLarge(request.stream, 2, 1))];
    await expect(handler.handle(adding(1))).rejects.toThrow(EventTooLarge);
    expect(store.appends).toBe(1);
  });
});

describe('a backfill', () => {
  const past = { recordedAt: '2021-06-30T12:00:00Z', source: 'register of 2021' };

  test('is recorded as of its instant, decided as of its day, and says so', async () => {
    const { state } = await handler.handle(adding(1, { backfill: past }));
    expect(state.on).toBe('2021-06-30');
    expect((await history())[0]?.metadata).toMatchObject({
      recordedAt: '2021-06-30T12:00:00.000Z',
      backfill: { writtenAt: now, source: past.source },
    });
    await handler.handle(adding(1));
    expect((await history())[1]?.metadata.backfill).toBeUndefined();
  });

  test('may follow at the same instant, but not before what is recorded', async () => {
    await handler.handle(adding(1, { backfill: past }));
    await handler.handle(adding(1, { backfill: { ...past, recordedAt: '2021-06-30T20:00:00+08:00' } }));
    const late = handler.handle(adding(1, { backfill: { ...past, recordedAt: '2021-06-30T11:59:59Z' } }));
    await expect(late).rejects.toThrow(BackfillTooLate);
    await expect(late).rejects.toMatchObject({ stream, lastRecordedAt: '2021-06-30T12:00:00.000Z' });
    expect(await history()).toHaveLength(2);
  });

  test('that is repeated has one effect', async () => {
    const request = adding(1, { backfill: past });
    await handler.handle(request);
    await handler.handle(adding(1));
    expect(await handler.handle(request)).toMatchObject({ revision: 0, repeated: true });
  });
});

test('many streams at once fail one by one', async () => {
  const requests = [adding(1), adding(2_000, newStream()), adding([2, 3], newStream())];
  const results = await handler.handleAll(requests);
  expect(results).toMatchObject([
    { status: 'fulfilled', value: { revision: 0, state: { total: 1 } } },
    { status: 'rejected', reason: { name: 'Refusal' } },
    { status: 'fulfilled', value: { revision: 1, state: { total: 5 } } },
  ]);
  expect(await handler.handleAll(requests)).toMatchObject([
    { value: { repeated: true } },
    {},
    { value: { repeated: true } },
  ]);
});
