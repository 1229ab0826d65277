export interface ReadAheadOptions<T> {
  /** Reading pauses while so many items wait. */
  limit: number;
  /** How many of what waits, at least one, are taken at once. Default: all. */
  take?: (waiting: readonly T[]) => number;
}

/**
 * Reads on while the caller is busy, and yields what has come since, in the source's order: little when little comes, much
 * when the caller cannot keep up. An error of the source is thrown after everything before it has been yielded. Who stops
 * early ends the source by its own means (a signal).
 */
export async function* readAhead<T>(
  source: AsyncIterable<readonly T[]>,
  { limit, take = (waiting) => waiting.length }: ReadAheadOptions<T>,
): AsyncGenerator<T[]> {
  const waiting: T[] = [];
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
      const taken = waiting.splice(0, take(waiting));
      change();
      yield taken;
    }
    await reading;
  } finally {
    hasEnded = true;
    change();
  }
}
