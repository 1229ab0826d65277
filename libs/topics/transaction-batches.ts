import { Publication } from './publications';
import { MAX_BATCH_BYTES } from './topic';

/** Of key, headers and framing, at most. */
const OVERHEAD_BYTES = 512;
/** Before compression, all messages of a topic may go to one partition, where together they are one record batch. */
const LIMIT_BYTES = MAX_BATCH_BYTES;

/**
 * Cuts publications, in order, into what one transaction can hold: `most` events, and for each topic the bytes of a record
 * batch. An event that is larger than that is alone; compressed, it may fit yet.
 */
export function* transactionBatches(all: readonly Publication[], most: number): Generator<Publication[]> {
  let batch: Publication[] = [];
  let bytes = new Map<string, number>();
  for (const publication of all) {
    const sizes = sizesOf(publication);
    const isFull =
      batch.length >= most || [...sizes].some(([topic, size]) => (bytes.get(topic) ?? 0) + size > LIMIT_BYTES);
    if (isFull && batch.length > 0) {
      yield batch;
      batch = [];
      bytes = new Map();
    }
    batch.push(publication);
    for (const [topic, size] of sizes) bytes.set(topic, (bytes.get(topic) ?? 0) + size);
  }
  if (batch.length > 0) yield batch;
}

function sizesOf({ messages }: Publication): Map<string, number> {
  return new Map(messages.map(({ topic, value }) => [topic, Buffer.byteLength(value) + OVERHEAD_BYTES]));
}
