/** An event as a client hands it over. */
export interface ProposedEvent {
  id: string;
  type: string;
  isJson: boolean;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** An event in the log. `position` is where its record begins: commit and prepare position are the same, as the server writes since v5. */
export interface StoredEvent extends ProposedEvent {
  stream: string;
  revision: bigint;
  position: bigint;
  created: Date;
}

/** What stands before the first event of a real log: epochs and other records that no client sees. */
const FIRST_POSITION = 387n;
/** Of a record without its texts; the exact number matters to nobody, that positions are not 1, 2, 3 does. */
const RECORD_OVERHEAD = 113;

/** All events in the order of their commit, and each stream's own. Lives longer than a connection and a restart. */
export class EventLog {
  readonly events: StoredEvent[] = [];
  /** Where the next record will begin. */
  head = FIRST_POSITION;
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly recent = new Map<string, StoredEvent>();
  private readonly waiting = new Set<() => void>();

  write(stream: string, proposed: readonly ProposedEvent[]): StoredEvent[] {
    const ofStream = this.stream(stream) as StoredEvent[];
    const written = proposed.map((event) => {
      const stored = {
        ...event,
        stream,
        revision: BigInt(ofStream.length),
        position: this.head,
        created: new Date(),
      };
      this.head += BigInt(
        RECORD_OVERHEAD + stream.length + event.type.length + event.data.length + event.metadata.length,
      );
      this.events.push(stored);
      ofStream.push(stored);
      this.recent.set(event.id, stored);
      return stored;
    });
    for (const wake of [...this.waiting]) wake();
    return written;
  }

  /** The stream's events, in a list that grows with the stream. */
  stream(name: string): readonly StoredEvent[] {
    const known = this.streams.get(name);
    if (known) return known;
    const created: StoredEvent[] = [];
    this.streams.set(name, created);
    return created;
  }

  /** An event of the cache of event ids, by which the server knows repeated appends without expected revision. */
  recentEvent(id: string): StoredEvent | undefined {
    return this.recent.get(id);
  }

  /** The cache of event ids is bounded and in memory: a restart empties it. */
  forgetRecentEvents(): void {
    this.recent.clear();
  }

  /** Index of the first event at or after a position. */
  indexAt(position: bigint): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.events[middle] as StoredEvent).position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether a record begins or the log ends here; a server that is asked for any other position within its log refuses. */
  isBoundary(position: bigint): boolean {
    if (position === 0n || position === this.head) return true;
    return this.events[this.indexAt(position)]?.position === position;
  }

  /** Puts back a backup of the first `count` events, while nobody is connected. @returns what that has lost */
  restore(count: number): StoredEvent[] {
    const lost = this.events.splice(count);
    this.head = lost[0]?.position ?? this.head;
    for (const { stream } of lost) this.streams.get(stream)?.pop();
    this.forgetRecentEvents();
    return lost;
  }

  /** What stands here now, and stays: a node that does not hear of what comes. */
  snapshot(): EventLog {
    const copy = new EventLog();
    copy.head = this.head;
    copy.events.push(...this.events);
    for (const [name, events] of this.streams) copy.streams.set(name, [...events]);
    return copy;
  }

  /** Resolves with the next write, or when the signal is aborted. */
  async grown(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
