import { Publication } from './publications';
import { MAX_BATCH_BYTES } from './topic';

/** Of key, headers and framing, at most. */
const OVERHEAD_BYTES = 512;

/**
 * How many publications, from the first on, one transaction can hold: `most` events, and for each topic the bytes of a
 * record batch, for all its messages may go to one partition. At least one; alone, compressed, it may fit yet.
 */
export function transactionLength(waiting: readonly Publication[], most: number): number {
  const bytes = new Map<string, number>();
  const candidates = waiting.slice(0, most);
  for (const [index, { messages }] of candidates.entries()) {
    for (const { topic, value } of messages) {
      const sum = (bytes.get(topic) ?? 0) + value.length + OVERHEAD_BYTES;
      if (sum > MAX_BATCH_BYTES) return Math.max(1, index);
      bytes.set(topic, sum);
    }
  }
  return candidates.length;
}
