/** Calls `work(caller)` from `callers` loops at once until the time is up; operations per second after a warm-up. */
export async function perSecond({ callers, seconds, warmUp = 0.5, work }) {
  let done = 0;
  let counting = false;
  let running = true;
  const loops = Array.from({ length: callers }, async (_, caller) => {
    while (running) {
      await work(caller);
      if (counting) done += 1;
    }
  });
  await pause(warmUp * 1000);
  const started = performance.now();
  counting = true;
  await pause(seconds * 1000);
  counting = false;
  const elapsed = (performance.now() - started) / 1000;
  running = false;
  await Promise.all(loops);
  return done / elapsed;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

/** Peers take turns, so that a slow minute of the machine hits all of them; the median of the rounds counts. */
export async function inTurns(rounds, peers) {
  const results = new Map(Object.keys(peers).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(peers)) results.get(name).push(await run());
  }
  return Object.fromEntries([...results].map(([name, values]) => [name, median(values)]));
}
