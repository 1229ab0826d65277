import fc from 'fast-check';
import { Publication } from './publications';
import { MAX_BATCH_BYTES } from './topic';
import { transactionLength } from './transaction-length';

const MEGABYTE = 1024 * 1024;
const BYTES = Buffer.alloc(8 * MEGABYTE, 'x');

function publication(position: number, sizes: Record<string, number>): Publication {
  const messages = Object.entries(sizes).map(([topic, size]) => {
    return { topic, key: 'a', value: BYTES.subarray(0, size), headers: {} };
  });
  return { stream: 'project-1', revision: position, eventId: 'e', position: String(position), messages };
}

function* transactionBatches(all: readonly Publication[], most: number) {
  for (let rest = all; rest.length > 0;) {
    const length = transactionLength(rest, most);
    yield rest.slice(0, length);
    rest = rest.slice(length);
  }
}

describe('transactionLength', () => {
  it('keeps the order, and within both limits whatever is not alone', () => {
    const size = fc.integer({ min: 0, max: 8 * MEGABYTE });
    const drawn = fc.array(fc.record({ events: size, states: size }), { maxLength: 30 });
    fc.assert(
      fc.property(drawn, fc.integer({ min: 1, max: 10 }), (sizes, most) => {
        const all = sizes.map((own, position) => publication(position, own));
        const batches = [...transactionBatches(all, most)];
        expect(batches.flat()).toEqual(all);
        for (const batch of batches) {
          expect(batch.length).toBeGreaterThan(0);
          expect(batch.length).toBeLessThanOrEqual(most);
          if (batch.length === 1) continue;
          for (const topic of ['events', 'states']) {
            const own = batch.flatMap(({ messages }) => messages.filter((message) => message.topic === topic));
            const bytes = own.reduce((sum, { value }) => sum + value.length, 0);
            expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('fills a transaction', () => {
    const small = Array.from({ length: 25 }, (_, position) => publication(position, { events: 100, states: 100 }));
    expect([...transactionBatches(small, 10)].map(({ length }) => length)).toEqual([10, 10, 5]);
  });
});
