import { EventStore, Position, RecordedEvent } from './event-store';
import { StoreVerifier, Verdict } from './verify-store';

/** Of the copy: its own chains, and how it differs from the source. */
export interface Comparison extends Verdict {
  /** Events that only the source has, and that only the copy has; by their hashes. */
  missing: number;
  strange: number;
  /** Events that stand elsewhere in the whole store than in the source. Within each stream the chain tells the order. */
  displaced: number;
}

export interface ComparisonOptions {
  from: EventStore;
  to: EventStore;
  /** Position in the source up to which it is compared; all there is when undefined. */
  upTo?: Position;
  signal?: AbortSignal;
  /** Events of the copy. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

const REPORT_EVERY = 1_000;

export function isFaithful({ broken, missing, strange, displaced }: Comparison): boolean {
  return broken.length === 0 && missing === 0 && strange === 0 && displaced === 0;
}

/**
 * Reads both stores side by side, each once. Equal hashes are equal events with equal histories, for those of the copy are
 * computed anew from what it says.
 */
export async function compareStores({ from, to, upTo, signal, onProgress }: ComparisonOptions): Promise<Comparison> {
  const { events: total } = await to.backlog(undefined);
  const [source, copy] = [eventsOf(from, upTo, signal), eventsOf(to, undefined, signal)];
  const verifier = new StoreVerifier();
  const differences = new Differences();
  try {
    for (;;) {
      const [original, copied] = await Promise.all([source.next(), copy.next()]);
      if (original.done && copied.done) return { ...verifier.verdict, ...differences.count() };
      if (!copied.done) verifier.add(copied.value);
      differences.add(original.done ? undefined : original.value, copied.done ? undefined : copied.value);
      const { events: done } = verifier.verdict;
      if (done % REPORT_EVERY === 0 && !copied.done) onProgress?.({ done, total: Math.max(total, done) });
    }
  } finally {
    await Promise.all([source.return(undefined), copy.return(undefined)]);
  }
}

async function* eventsOf(
  store: EventStore,
  upTo: Position | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<RecordedEvent, undefined> {
  for await (const batch of store.readAll({ signal })) {
    for (const event of batch) {
      if (upTo !== undefined && store.compare(event.position, upTo) > 0) return undefined;
      yield event;
    }
  }
  return undefined;
}

/** What stands on one side and has not come on the other yet: nothing, where all is well. */
class Differences {
  private readonly unmatched = { source: new Set<string>(), copy: new Set<string>() };
  private displaced = 0;

  add(original: RecordedEvent | undefined, copied: RecordedEvent | undefined): void {
    const [left, right] = [original?.metadata.hash, copied?.metadata.hash];
    if (left === right) return;
    if (left !== undefined && right !== undefined) this.displaced += 1;
    if (left !== undefined && !this.unmatched.copy.delete(left)) this.unmatched.source.add(left);
    if (right !== undefined && !this.unmatched.source.delete(right)) this.unmatched.copy.add(right);
  }

  count(): Pick<Comparison, 'missing' | 'strange' | 'displaced'> {
    const { source, copy } = this.unmatched;
    return { missing: source.size, strange: copy.size, displaced: this.displaced };
  }
}
