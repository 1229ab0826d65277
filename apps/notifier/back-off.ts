/**
 * How long to wait after the `attempt`-th failed call, in milliseconds: doubling from `firstRetryMs` up to
 * `longestRetryMs`, of which half is left to chance, so that a receiver that comes back is not called by all at once.
 * `random` is from 0 to 1.
 */
export function retryDelayMs(
  attempt: number,
  { firstRetryMs, longestRetryMs }: { firstRetryMs: number; longestRetryMs: number },
  random: number,
): number {
  const full = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
