import { Position } from '../event-store';

const PATTERN = /^[1-9]\d{0,18}$/;
const LAST = 2n ** 63n - 1n;

/** A position of this adapter: a positive bigint of PostgreSQL in decimal digits. @throws RangeError for any other text */
export function parsePosition(position: Position): bigint {
  const value = PATTERN.test(position) ? BigInt(position) : 0n;
  if (value === 0n || value > LAST) throw new RangeError(`not a position of a PostgreSQL event store: ${position}`);
  return value;
}
