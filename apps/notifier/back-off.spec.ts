import { retryDelayMs } from './back-off';

const limits = { firstRetryMs: 5_000, longestRetryMs: 21_600_000 };

describe('back-off', () => {
  it('doubles up to the longest wait', () => {
    expect([1, 2, 3, 12, 13, 14, 1_000].map((attempt) => retryDelayMs(attempt, limits, 1))).toEqual([
      5_000, 10_000, 20_000, 10_240_000, 20_480_000, 21_600_000, 21_600_000,
    ]);
  });

  it('leaves half of it to chance', () => {
    expect(retryDelayMs(2, limits, 0)).toBe(5_000);
    expect(retryDelayMs(2, limits, 0.5)).toBe(7_500);
  });

  it('gives a receiver about half a day by default', () => {
    const waits = Array.from({ length: 14 }, (_, index) => retryDelayMs(index + 1, limits, 0.5));
    const hours = waits.reduce((sum, wait) => sum + wait, 0) / 3_600_000;
    expect(hours).toBeCloseTo(13, 0);
  });
});
