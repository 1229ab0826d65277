import {
  AppendRequest,
  AppendResult,
  ConcurrencyConflict,
  EventStore,
  Position,
  ReadAllOptions,
  RecordedEvent,
} from '../../libs/event-store/event-store';
import { prepareAppend } from '../../libs/event-store/prepared-append';

/** What several instances share, as processes share a server. */
export interface Memory {
  events: RecordedEvent[];
  changed: EventTarget;
}

export function newMemory(): Memory {
  return { events: [], changed: new EventTarget() };
}

/**
 * An event store without I/O for the tests of what stands on one. It keeps the same contract as the real ones; its
 * positions have gaps, as theirs may.
 */
export class MemoryEventStore implements EventStore {
  private readonly closing = new AbortController();

  constructor(
    private readonly memory = newMemory(),
    readonly storeId = 'memory:test',
  ) {}

  async append({ stream, expectedRevision, events }: AppendRequest): Promise<AppendResult> {
    if (this.closing.signal.aborted) throw new Error('the event store is closed');
    if (events.length === 0) throw new RangeError('no events');
    prepareAppend({ stream, expectedRevision, events });
    const revision = this.streamOf(stream).length - 1;
    if (revision !== expectedRevision) throw new ConcurrencyConflict(stream, expectedRevision, revision);
    const start = this.end();
    for (const [index, event] of events.entries()) {
      const position = `m${start + 3 * (index + 1)}`;
      this.memory.events.push(structuredClone({ stream, revision: revision + 1 + index, position, ...event }));
    }
    this.memory.changed.dispatchEvent(new Event('append'));
    return { revision: revision + events.length, position: `m${this.end()}` };
  }

  async *readStream(
    stream: string,
    { fromRevision = 0, signal }: { fromRevision?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<RecordedEvent> {
    for (const event of this.streamOf(stream).slice(fromRevision)) {
      signal?.throwIfAborted();
      yield structuredClone(event);
    }
  }

  async readStreams(streams: readonly string[]): Promise<Map<string, RecordedEvent[]>> {
    return new Map(streams.map((stream) => [stream, structuredClone(this.streamOf(stream))]));
  }

  async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const end = this.end();
    for (let after = options.after; ;) {
      const batch = this.batch({ ...options, after }).filter(({ position }) => numberOf(position) <= end);
      options.signal?.throwIfAborted();
      if (batch.length === 0) return;
      yield batch;
      after = batch.at(-1)?.position;
    }
  }

  async *followAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent[]> {
    const signal = AbortSignal.any([this.closing.signal, ...(options.signal ? [options.signal] : [])]);
    numberOf(options.after ?? 'm0');
    for (let after = options.after; !signal.aborted;) {
      const batch = this.batch({ ...options, after });
      if (batch.length === 0) {
        await new Promise<void>((resolve) => {
          this.memory.changed.addEventListener('append', () => resolve(), { once: true });
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      } else {
        yield batch;
        after = batch.at(-1)?.position;
      }
    }
  }

  compare(a: Position, b: Position): number {
    return numberOf(a) - numberOf(b);
  }

  async head(): Promise<Position | undefined> {
    return this.memory.events.at(-1)?.position;
  }

  async backlog(after: Position | undefined): Promise<{ events: number; oldestRecordedAt?: string }> {
    const rest = this.batch({ after, batchSize: Infinity });
    const metadata = rest[0]?.metadata;
    if (!metadata) return { events: 0 };
    return { events: rest.length, oldestRecordedAt: metadata.backfill?.writtenAt ?? metadata.recordedAt };
  }

  async close(): Promise<void> {
    this.closing.abort();
  }

  private streamOf(stream: string): RecordedEvent[] {
    return this.memory.events.filter((event) => event.stream === stream);
  }

  private batch({ after = 'm0', batchSize = 1_000 }: ReadAllOptions): RecordedEvent[] {
    const from = numberOf(after);
    const rest = this.memory.events.filter(({ position }) => numberOf(position) > from);
    return structuredClone(rest.slice(0, batchSize));
  }

  private end(): number {
    return numberOf(this.memory.events.at(-1)?.position ?? 'm0');
  }
}

function numberOf(position: Position): number {
  if (!/^m\d{1,15}$/.test(position)) throw new RangeError(`not a position of a memory store: ${position}`);
  return Number(position.slice(1));
}
