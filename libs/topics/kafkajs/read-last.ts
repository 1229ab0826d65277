import { OpenClient } from './client';
import { readWindow, Window } from './read-window';

export interface LastRead {
  /** Of one partition. */
  topic: string;
  key: string;
  /** What stands there or later is not looked at: no later than where committed records end. */
  before: bigint;
}

/** Records looked at first: most often the last one is it, and before it may stand many that are not compacted yet. */
const FIRST_WINDOW = 64n;
const GROWTH = 16n;

/**
 * The committed value that was written last under a key. Looks from the end backwards, in windows that grow, so that the
 * time it takes does not grow with the topic. @throws as `readWindow`
 */
export async function readLast(open: () => OpenClient, sought: LastRead): Promise<string | undefined> {
  const { topic, key, before } = sought;
  for (let size = FIRST_WINDOW; ; size *= GROWTH) {
    const window: Window = { topic, from: before > size ? before - size : 0n, before };
    let found: string | undefined;
    // Records may come twice, when a broker fails meanwhile; the last one comes last.
    await readWindow(open(), window, (record) => {
      if (record.key?.toString() === key) found = record.value?.toString();
    });
    if (found !== undefined || window.from === 0n) return found;
  }
}
