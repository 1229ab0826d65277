import fc from 'fast-check';
import { Publication } from './publications';
import { MAX_BATCH_BYTES } from './topic';
import { transactionBatches } from './transaction-batches';

const MEGABYTE = 1024 * 1024;
const TEXT = 'x'.repeat(8 * MEGABYTE);

function publication(position: number, sizes: Record<string, number>): Publication {
  const messages = Object.entries(sizes).map(([topic, size]) => {
    return { topic, key: 'a', value: TEXT.slice(0, size), headers: {} };
  });
  return { stream: 'project-1', position: String(position), messages };
}

describe('transactionBatches', () => {
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
            const bytes = own.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0);
            expect(bytes).toBeLessThanOrEqual(MAX_BATCH_BYTES);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('counts bytes, not characters', () => {
    const chinese = publication(1, {});
    const message = { topic: 'events', key: 'a', value: '项'.repeat(2 * MEGABYTE), headers: {} };
    const twice = [chinese, chinese].map((each) => ({ ...each, messages: [message] }));
    expect([...transactionBatches(twice, 100)]).toHaveLength(2);
  });

  it('fills a transaction', () => {
    const small = Array.from({ length: 25 }, (_, position) => publication(position, { events: 100, states: 100 }));
    expect([...transactionBatches(small, 10)].map(({ length }) => length)).toEqual([10, 10, 5]);
  });
});
