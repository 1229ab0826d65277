import { readAhead } from './read-ahead';

const log: string[] = [];

async function* numbers(count: number, failAfter = Infinity): AsyncGenerator<number> {
  try {
    for (let number = 1; number <= count; number += 1) {
      if (number > failAfter) throw new Error('lost');
      log.push(`fetch ${number}`);
      yield number;
    }
  } finally {
    log.push('closed');
  }
}

beforeEach(() => {
  log.length = 0;
});

test('the next item is fetched before the last one is done with', async () => {
  for await (const number of readAhead(numbers(3))) {
    await Promise.resolve();
    log.push(`use ${number}`);
  }
  expect(log).toEqual(['fetch 1', 'fetch 2', 'use 1', 'fetch 3', 'use 2', 'closed', 'use 3']);
});

test('an error comes after the items before it', async () => {
  const seen: number[] = [];
  await expect(async () => {
    for await (const number of readAhead(numbers(3, 2))) seen.push(number);
  }).rejects.toThrow('lost');
  expect(seen).toEqual([1, 2]);
});

test('who stops early closes the source', async () => {
  for await (const number of readAhead(numbers(3))) if (number === 1) break;
  expect(log.at(-1)).toBe('closed');
});
