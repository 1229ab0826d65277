import { newStream, nextAppend, StreamEnd } from '../../test/support/tally';
import { ConcurrencyConflict, RecordedEvent } from './event-store';
import { PlacedEvent, ReceivingStore } from './ordered-append';

/** What every adapter does that can take in the events of another store. The store need not be empty. */
export function describeOrderedAppend(name: string, open: () => Promise<ReceivingStore>): void {
  describe(`${name} takes in the events of another store`, () => {
    let store: ReceivingStore;

    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    /** Events of some streams, one after the other and again from the first. */
    function interleaved(streams: number, rounds: number, bytes = 10): PlacedEvent[] {
      const ends: StreamEnd[] = Array.from({ length: streams }, newStream);
      return Array.from({ length: rounds }).flatMap(() =>
        ends.flatMap((end, index) => {
          const { request, end: next } = nextAppend(end, 1 + (index % 2), () => ({ said: '落'.repeat(bytes / 3) }));
          ends[index] = next;
          return request.events.map((event, at) => ({ ...event, stream: end.stream, revision: end.revision + 1 + at }));
        }),
      );
    }

    async function after(position: string | undefined): Promise<RecordedEvent[]> {
      return (await Array.fromAsync(store.readAll({ after: position }))).flat();
    }

    const withoutPosition = ({ position: _, ...event }: RecordedEvent): PlacedEvent => event;

    test.each([
      ['many streams in turn', interleaved(40, 12)],
      ['more bytes than go at once', interleaved(6, 2, 900_000)],
      ['one event', interleaved(1, 1)],
      ['nothing', []],
    ])('in the order given, as they are: %s', async (_, events) => {
      const head = await store.head();
      await store.appendInOrder(events);
      expect((await after(head)).map(withoutPosition)).toEqual(events);
    });

    test('and refuses with a conflict what does not follow the end of its stream', async () => {
      const events = interleaved(3, 4);
      await store.appendInOrder(events.slice(0, 6));
      const head = await store.head();
      await expect(store.appendInOrder(events.slice(9))).rejects.toThrow(ConcurrencyConflict);
      expect((await after(head)).filter(({ stream }) => stream === events[9]?.stream)).toEqual([]);
    });

    test('and refuses a stream with a gap, and one whose hashes do not continue', async () => {
      const events = interleaved(1, 3);
      const gap = events.filter(({ revision }) => revision !== 1);
      await expect(store.appendInOrder(gap)).rejects.toThrow(/revision 1 of .* is missing/);
      const [first, second] = events as [PlacedEvent, PlacedEvent];
      const unchained = { ...second, metadata: { ...second.metadata, previousHash: 'f'.repeat(64) } };
      await expect(store.appendInOrder([first, unchained])).rejects.toThrow(/do not continue its hash chain/);
    });
  });
}
