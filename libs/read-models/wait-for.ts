import { EventStore, Position } from '../event-store/event-store';

/** The read models have not reached the position in time; the question may be asked again. */
export class NotYetVisible extends Error {
  override readonly name = 'NotYetVisible';
  constructor(
    readonly position: Position,
    readonly timeoutMs: number,
  ) {
    super(`position ${position} is not in the read models after ${timeoutMs} ms`);
  }
}

/** Waits until the live read models hold everything up to a position. One per process; it listens on one connection. */
export declare class Visibility {
  constructor(url: string, store: EventStore);
  /** @throws NotYetVisible after `timeoutMs`; RangeError on a position of another store */
  waitFor(position: Position, timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
