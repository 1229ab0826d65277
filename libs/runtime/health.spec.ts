import { Health } from './health';

describe('Health', () => {
  it('is ready while nothing is down', async () => {
    const health = new Health();
    expect(await health.report()).toEqual({ ready: true, parts: {}, reasons: {} });
    health.register('store', async () => undefined);
    expect(await health.report()).toEqual({ ready: true, parts: { store: 'up' }, reasons: {} });
  });

  it('says which part is down, and why', async () => {
    const health = new Health();
    health.register('well', () => undefined);
    health.register('thrown', () => {
      throw new Error('away');
    });
    health.register('silent', () => new Promise(() => undefined));
    expect(await health.report(5)).toEqual({
      ready: false,
      parts: { well: 'up', thrown: 'down', silent: 'down' },
      reasons: { thrown: 'Error: away', silent: 'no answer within 5 ms' },
    });
  });
});
