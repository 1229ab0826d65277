/**
 * Reads on while the caller is busy: yields everything that has come since the last time, in the source's order, so that
 * parts are small when little comes and grow when the caller cannot keep up. Stops reading while `limit` items wait. An error of the source is
 * thrown after everything before it has been yielded. Who stops early ends the source by its own means (a signal).
 */
export async function* readAhead<T>(source: AsyncIterable<readonly T[]>, limit: number): AsyncGenerator<T[]> {
  let waiting: T[] = [];
  let hasEnded = false;
  let changed = Promise.withResolvers<void>();
  const change = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const reading = (async () => {
    try {
      for await (const items of source) {
        waiting.push(...items);
        change();
        while (waiting.length >= limit && !hasEnded) await changed.promise;
        if (hasEnded) return;
      }
    } finally {
      hasEnded = true;
      change();
    }
  })();
  // Awaited below, but maybe not before it fails.
  reading.catch(() => undefined);
  try {
    for (;;) {
      while (waiting.length === 0 && !hasEnded) await changed.promise;
      if (waiting.length === 0) break;
      const taken = waiting;
      waiting = [];
      change();
      yield taken;
    }
    await reading;
  } finally {
    hasEnded = true;
    change();
  }
}
