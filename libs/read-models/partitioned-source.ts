import { Position } from '../event-store/event-store';
import { FoldableEvent } from './fold';

/** A partition of a topic. */
export interface Place {
  topic: string;
  partition: number;
}

/** Offsets of a partition: of its first message, and of the next one to be written (what is not committed yet counts). */
export interface Bounds extends Place {
  low: bigint;
  high: bigint;
}

/** Events of one partition, in order, up to an offset; none where the messages were nothing to us. */
export interface PartitionedBatch extends Place {
  events: readonly FoldableEvent[];
  next: bigint;
}

/** What a {@link PartitionedSource} calls, one call at a time. What these throw ends the following, as it is. */
export interface PartitionedReader {
  /**
   * These partitions are ours now, until this is called again, and no others: what was known of them may be old.
   * @returns where to read each from
   */
  begin(assigned: readonly Place[]): Promise<readonly (Place & { next: bigint })[]>;

  /** False when the batch was not taken, or all must be looked up again: {@link begin} is called next. */
  take(batch: PartitionedBatch): Promise<boolean>;

  /**
   * Every event of the store up to the position stands in the topics, below the bounds that the source gives from now on.
   * With another `publication` than before the topics have been made anew. Answers as {@link take}.
   */
  announce(position: Position, publication?: string): Promise<boolean>;
}

/** Events of the store in partitions, in order in each, of which every member of a group is given some. */
export interface PartitionedSource {
  /** Of all partitions. */
  bounds(): Promise<Bounds[]>;

  /** Until the signal aborts. @throws SourceUnavailable, SourceMismatch, and what the reader throws */
  follow(reader: PartitionedReader, signal: AbortSignal): Promise<void>;
}

/** May pass by itself. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}

/** The topics do not hold the events of this store. */
export class SourceMismatch extends Error {
  override readonly name = 'SourceMismatch';
}
