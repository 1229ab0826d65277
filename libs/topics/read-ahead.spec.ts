import fc from 'fast-check';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';
import { readAhead } from './read-ahead';

async function* source(parts: readonly number[][], onRead: () => void = () => undefined) {
  for (const part of parts) {
    onRead();
    yield part;
    await setImmediate();
  }
}

describe('readAhead', () => {
  it('yields everything once, in order, however fast the caller is', async () => {
    const parts = fc.array(fc.array(fc.nat(), { minLength: 1, maxLength: 5 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 12 }), fc.array(fc.boolean()), async (given, limit, waits) => {
        const taken: number[] = [];
        let turn = 0;
        for await (const items of readAhead(source(given), { limit })) {
          expect(items.length).toBeGreaterThan(0);
          taken.push(...items);
          if (waits[turn++]) await delay(1);
        }
        expect(taken).toEqual(given.flat());
      }),
    );
  });

  it('collects while the caller is busy, up to the limit', async () => {
    let read = 0;
    const parts = Array.from({ length: 10 }, (_, index) => [index]);
    const ahead = readAhead(
      source(parts, () => (read += 1)),
      { limit: 4 },
    );
    expect((await ahead.next()).value).toEqual([0]);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(read).toBe(5);
    expect((await ahead.next()).value).toEqual([1, 2, 3, 4]);
    await ahead.return(undefined);
  });

  it('leaves what the caller does not take', async () => {
    const taken: number[][] = [];
    const take = (waiting: readonly number[]) => Math.min(2, waiting.length);
    for await (const items of readAhead(source([[1, 2, 3, 4, 5]]), { limit: 10, take })) taken.push(items);
    expect(taken).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('throws what the source throws, after what came before it', async () => {
    async function* failing() {
      yield [1];
      await setImmediate();
      yield [2];
      throw new Error('torn');
    }
    const taken: number[] = [];
    const reading = async () => {
      for await (const items of readAhead(failing(), { limit: 10 })) {
        taken.push(...items);
        await delay(5);
      }
    };
    await expect(reading()).rejects.toThrow('torn');
    expect(taken).toEqual([1, 2]);
  });
});
