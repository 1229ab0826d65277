import { digest } from './hash-chain';

test('the digest does not depend on the order of keys', () => {
  expect(digest({ b: 1, a: 'é' })).toBe(digest({ a: 'é', b: 1 }));
});
