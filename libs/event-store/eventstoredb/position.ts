import { Position } from '../event-store';

/** Where an event, or a checkpoint of a filter, stands in the log of EventStoreDB. */
export interface LogPosition {
  commit: bigint;
  prepare: bigint;
}

const PATTERN = /^(0|[1-9]\d{0,18})-(0|[1-9]\d{0,18})$/;
const LAST = 2n ** 63n - 1n;

/**
 * A position of this adapter: `<commit>-<prepare>`. Commit positions alone would do for what we write ourselves (each event
 * of an append is committed by its own record); events of one explicit transaction share theirs, and only the pair is unique.
 * @throws RangeError for any other text
 */
export function parsePosition(position: Position): LogPosition {
  const match = PATTERN.exec(position);
  const [commit, prepare] = [BigInt(match?.[1] ?? -1), BigInt(match?.[2] ?? -1)];
  if (!match || commit > LAST || prepare > commit) {
    throw new RangeError(`not a position of an EventStoreDB event store: ${position}`);
  }
  return { commit, prepare };
}

/** The text of a position as the server tells it; undefined when it tells none (which it writes as the largest uint64). */
export function positionOf(commit: string, prepare: string): Position | undefined {
  if (BigInt(commit) > LAST || BigInt(prepare) > LAST) return undefined;
  return `${commit}-${prepare}`;
}

/** Negative, zero or positive, as a sorts before, with or after b. @throws RangeError */
export function comparePositions(a: Position, b: Position): number {
  const [left, right] = [parsePosition(a), parsePosition(b)];
  return sign(left.commit - right.commit) || sign(left.prepare - right.prepare);
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}
