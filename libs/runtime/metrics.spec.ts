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

  it('tell a figure again when it can be read again', async () => {
    const metrics = new Metrics();
    let isAway = true;
    metrics.gauge('luodi_lag', 'Comes back', () => (isAway ? Promise.reject(new Error('away')) : 3));
    await metrics.registry.metrics();
    isAway = false;
    expect(await metrics.registry.metrics()).toMatch(/^luodi_lag 3$/m);
  });
});
