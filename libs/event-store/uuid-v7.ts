import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const LENGTH = 16;

/** Randomness for many ids at once: each call of the system costs more than all the rest of an id. */
const pool = new Uint8Array(256 * LENGTH);
let used = pool.length;

/** A new UUID v7. */
export function uuidV7(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.subarray(used, (used += LENGTH));
  return v7({ random });
}
