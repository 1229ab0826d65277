import fc from 'fast-check';
import { sealedLife } from '../../test/support/lives';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { factOf } from './fact';
import { StatesBefore } from './states-before';

const PROJECTS = 6;

describe('StatesBefore', () => {
  it('knows the state before every event, wherever it begins and however little it keeps', async () => {
    const order = fc.array(fc.nat(PROJECTS - 1), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(order, fc.nat(60), fc.integer({ min: 1, max: PROJECTS }), async (turns, begin, page) => {
        const store = new MemoryEventStore();
        const next = new Map<string, number>();
        for (const project of turns) {
          const stream = `project-${project}`;
          const revision = next.get(stream) ?? 0;
          const event = LIVES.get(stream)?.[revision];
          if (!event) continue;
          await store.append({ stream, expectedRevision: revision - 1, events: [event] });
          next.set(stream, revision + 1);
        }
        const events = (await Array.fromAsync(store.readAll())).flat().slice(begin);
        // As many as the events of a page may need, and no more.
        const states = new StatesBefore(store, page);
        for (let start = 0; start < events.length; start += page) {
          const part = events.slice(start, start + page);
          await states.prepare(part);
          for (const event of part) {
            // Refuses any other state than the one right before.
            const fact = factOf(event, states.before(event));
            if (fact?.kind === 'project') states.remember(event.stream, fact.state);
          }
        }
      }),
    );
  });

  it('asks the store only for what it does not remember', async () => {
    const store = new MemoryEventStore();
    const read = jest.spyOn(store, 'readStreams');
    await store.append({ stream: 'project-1', expectedRevision: -1, events: LIVES.get('project-1') ?? [] });
    await store.append({ stream: 'conference-c', expectedRevision: -1, events: sealedLife('conference-c') });
    const events = (await Array.fromAsync(store.readAll())).flat();
    const states = new StatesBefore(store);
    await states.prepare(events);
    expect(read).not.toHaveBeenCalled();
    const later = new StatesBefore(store);
    await later.prepare(events.slice(3));
    await later.prepare(events.slice(3));
    expect(read.mock.calls).toEqual([[['project-1']]]);
    expect(later.before(events[3]!)?.revision).toBe(2);
  });
});

const LIVES = new Map(
  Array.from({ length: PROJECTS }, (_, project) => [`project-${project}`, sealedLife(`project-${project}`)]),
);
