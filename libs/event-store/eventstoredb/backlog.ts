import { Position, RecordedEvent } from '../event-store';
import { assertWithin } from './follow';
import { comparePositions, parsePosition } from './position';
import { Reader } from './reader';

/** Events counted one by one; what lies beyond is estimated. */
const COUNTED = 10_000;
const PAGE = 1_000;

/**
 * How much lies after a position. EventStoreDB numbers no events over all streams, so that they can only be counted by
 * reading them: up to {@link COUNTED}, and by the length of the log from there, which is good enough for a lag or a bar.
 */
export async function measureBacklog(
  reader: Reader,
  after: Position | undefined,
): Promise<{ events: number; oldestRecordedAt?: string }> {
  if (after !== undefined) parsePosition(after);
  const head = await reader.head();
  assertWithin(after, head);
  if (head === undefined) return { events: 0 };
  let counted = 0;
  let oldest: RecordedEvent | undefined;
  for await (const page of reader.pages({ after, upTo: head }, PAGE)) {
    oldest ??= page[0];
    counted += page.length;
    const place = page.at(-1)?.position;
    if (counted < COUNTED || place === undefined || comparePositions(place, head) >= 0) continue;
    return described(estimate(counted, { after, place, head }), oldest);
  }
  return described(counted, oldest);
}

function described(events: number, oldest: RecordedEvent | undefined): { events: number; oldestRecordedAt?: string } {
  if (!oldest) return { events };
  return { events, oldestRecordedAt: oldest.metadata.backfill?.writtenAt ?? oldest.metadata.recordedAt };
}

/** As many for each byte of the log in the rest as in what was counted. */
function estimate(
  counted: number,
  { after, place, head }: { after?: Position; place: Position; head: Position },
): number {
  const [from, upTo, end] = [after, place, head].map((it) => (it === undefined ? 0 : Number(parsePosition(it).commit)));
  const [start, middle, last] = [from ?? 0, upTo ?? 0, end ?? 0];
  return counted + Math.max(1, Math.round((counted * (last - middle)) / Math.max(1, middle - start)));
}
