import { Metrics } from './metrics';

describe('metrics', () => {
  it('tell all the others when one figure cannot be read, and that it cannot', async () => {
    const metrics = new Metrics();
    metrics.gauge('luodi_lag', 'Away', () => Promise.reject(new Error('the store is away')));
    metrics.gauge('luodi_broken', 'Broken', () => {
      throw new Error('at once');
    });
    metrics.gauge('luodi_stopped', 'Needed just then', () => 1);
    expect(await metrics.registry.metrics()).toMatch(/^luodi_stopped 1$/m);
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^luodi_lag NaN$/im);
    expect(text).toMatch(/^luodi_gauge_failures_total\{gauge="luodi_lag"\} [12]$/m);
    expect(text).toMatch(/^luodi_gauge_failures_total\{gauge="luodi_broken"\} [12]$/m);
    expect(text).not.toContain('gauge="luodi_stopped"');
  });

  it('do not wait for a figure for ever', async () => {
    const metrics = new Metrics({ patienceMs: 1 });
    metrics.gauge('luodi_lag', 'Never comes', () => new Promise(() => undefined));
    metrics.gauge('luodi_stopped', 'Needed just then', () => 1);
    const text = await metrics.registry.metrics();
    expect(text).toMatch(/^luodi_lag NaN$/im);
    expect(text).toMatch(/^luodi_stopped 1$/m);
  });

  it('tell a figure again when it can be read again, and once each time why it cannot', async () => {
    const told: unknown[] = [];
    const metrics = new Metrics({ onFailure: (gauge, error) => told.push([gauge, error]) });
    const away = new Error('away');
    let isAway = true;
    metrics.gauge('luodi_lag', 'Comes back', () => (isAway ? Promise.reject(away) : 3));
    for (let scrape = 0; scrape < 2; scrape += 1) await metrics.registry.metrics();
    isAway = false;
    expect(await metrics.registry.metrics()).toMatch(/^luodi_lag 3$/m);
    isAway = true;
    await metrics.registry.metrics();
    expect(told).toEqual([
      ['luodi_lag', away],
      ['luodi_lag', away],
    ]);
  });
});
