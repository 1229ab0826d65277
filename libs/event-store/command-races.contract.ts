import { randomUUID } from 'node:crypto';
import { anywhere, newStream, tally, tester } from '../../test/support/tally';
import { CommandHandler, CommandIdReused } from './command-handler';
import { EventStore } from './event-store';

/** What a store must make sure of for command handlers that race. `stores` are two instances on one and the same store. */
export function describeCommandRaces(stores: () => readonly [EventStore, EventStore]): void {
  describe('a command id that comes twice at once', () => {
    /** Both have seen the stream as it was before either appends, each by an instance and a clock of its own. */
    async function atOnce(...commands: [{ add: number }[], { add: number }[]]) {
      const { stream } = newStream();
      const request = { stream, commandId: randomUUID(), actor: tester };
      const bothHaveRead = meetingOf(2);
      const handlers = stores().map((each, day) => {
        const reading = Object.assign(Object.create(each) as EventStore, {
          readStreams: async (streams: string[]) => {
            const histories = await each.readStreams(streams);
            await bothHaveRead();
            return histories;
          },
        });
        return new CommandHandler(reading, tally, anywhere, () => new Date(`2024-05-1${day + 3}T02:00:00.000Z`));
      });
      const outcomes = await Promise.allSettled(
        handlers.map((handler, index) => handler.handle({ ...request, commands: commands[index] ?? [] })),
      );
      return { outcomes, events: await Array.fromAsync(stores()[0].readStream(stream)) };
    }

    test('with two commands is refused for one of them', async () => {
      const { outcomes, events } = await atOnce([{ add: 1 }], [{ add: 2 }]);
      const [won] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      const [lost] = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(lost?.reason).toBeInstanceOf(CommandIdReused);
      expect(events.map(({ data }) => data.amount)).toEqual([won?.value.state.total]);
    });

    test('with one command has one effect, and for both the answer that is stored', async () => {
      const { outcomes, events } = await atOnce([{ add: 1 }, { add: 2 }], [{ add: 1 }, { add: 2 }]);
      const last = events.at(-1);
      const stored = {
        revision: 1,
        position: last?.position,
        state: { revision: 1, total: 3, on: last?.data.on },
        eventIds: events.map(({ metadata }) => metadata.eventId),
      };
      expect(outcomes).toMatchObject([{ value: stored }, { value: stored }]);
      expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value.repeated).sort()).toEqual([
        false,
        true,
      ]);
      expect(events).toHaveLength(2);
    });
  });
}

/** Resolves for each of the first `count` who come when all of them have come, and at once for whoever comes later. */
function meetingOf(count: number): () => Promise<void> {
  const all = Promise.withResolvers<void>();
  let come = 0;
  return () => {
    if ((come += 1) === count) all.resolve();
    return all.promise;
  };
}
