/** A partition of a topic. */
export interface GroupPlace {
  topic: string;
  partition: number;
}

/** Offsets of a partition: of its first message, and of the next one to be written (what is not committed yet counts). */
export interface GroupBounds extends GroupPlace {
  low: bigint;
  high: bigint;
}

/** A committed message. */
export interface GroupMessage {
  offset: bigint;
  key: string | undefined;
  /** Null for a tombstone. */
  value: string | null;
}

/** Calls come one at a time. What one throws ends the membership, as it is. */
export interface GroupHandler {
  /**
   * These partitions are assigned from now on, and no others; also those that were before may have been somebody else's in
   * between. @returns where to read each from
   */
  begin(assigned: readonly GroupPlace[]): Promise<readonly (GroupPlace & { next: bigint })[]>;

  /**
   * The messages of a partition before `next` that have not come yet, in order; none where there is nothing but marks of
   * transactions. False to {@link begin} again.
   */
  take(place: GroupPlace, messages: readonly GroupMessage[], next: bigint): Promise<boolean>;
}

export interface Membership {
  group: string;
  /** Each of their partitions is read by one member. */
  shared: readonly string[];
  /** Read by every member. */
  everyones: readonly string[];
}

/**
 * All that Luodi wants of a client that reads as a member of a group and keeps its offsets itself, so that the client can be
 * replaced. Only committed messages are read. After an error everything may be tried again.
 */
export interface KafkaGroups {
  /** Of all partitions of the topics. @throws KafkaUnavailable, also when a topic is missing */
  bounds(topics: readonly string[]): Promise<GroupBounds[]>;

  /** The committed value that was written last under a key of a topic of one partition, before an offset. @throws KafkaUnavailable */
  readLast(topic: string, key: string, before: bigint): Promise<string | undefined>;

  /**
   * Reads as a member until the signal aborts; the call at work is finished, and the group is left.
   * @throws KafkaUnavailable, and what the handler throws
   */
  read(membership: Membership, handler: GroupHandler, signal: AbortSignal): Promise<void>;

  /** Ends the connections that are still open. */
  close(): Promise<void>;
}
