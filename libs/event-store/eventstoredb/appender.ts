import { setTimeout as sleep } from 'node:timers/promises';
import {
  AppendInDoubt,
  AppendRequest,
  AppendResult,
  ConcurrencyConflict,
  EventStoreUnavailable,
  EventTooLarge,
} from '../event-store';
import { PlacedEvent } from '../ordered-append';
import { EVENT_LIMIT, PreparedAppend, prepareAppend } from '../prepared-append';
import { BatchAppend } from './batch-append';
import { isNeverSent } from './failures';
import { Reader, RETRY_PAUSES_MS } from './reader';
import { orderedWaves } from './ordered-waves';
import { refusal } from './refusal';

/** Bytes of one append at most, all its events together: the server's default. One that is set to less answers for itself. */
const APPEND_LIMIT = EVENT_LIMIT;

export interface AppendObserver {
  /** An append has its answer, good or bad, so many seconds after it came. */
  appended?(seconds: number): void;
}

/** The writing half of the EventStoreDB store. */
export class Appender {
  private running = 0;
  private whenIdle: (() => void)[] = [];

  constructor(
    private readonly batches: BatchAppend,
    private readonly reader: Reader,
    private readonly observer?: AppendObserver,
  ) {}

  /** @throws EventTooLarge, ConcurrencyConflict, AppendInDoubt, EventStoreUnavailable; RangeError for a broken request */
  async append(request: AppendRequest): Promise<AppendResult> {
    const started = performance.now();
    this.running += 1;
    try {
      return await this.untilSettled(prepare(request, this.reader.prefixes));
    } finally {
      this.observer?.appended?.((performance.now() - started) / 1_000);
      this.running -= 1;
      if (this.running === 0) for (const resolve of this.whenIdle.splice(0)) resolve();
    }
  }

  /**
   * In flight at once are some appends of the one call whose requests the server takes in turn; see {@link OrderedAppend}.
   * Nothing is sent again here: what has come after it must be known first.
   */
  async appendInOrder(events: readonly PlacedEvent[]): Promise<void> {
    for (const { stream } of events) assertOurs(stream, this.reader.prefixes);
    for (const wave of orderedWaves(events, APPEND_LIMIT)) {
      const sent = wave.map(async (append) => {
        const answer = await this.batches.send(append);
        if ('reason' in answer) throw refusal(append, answer);
      });
      const failed = (await Promise.allSettled(sent)).find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    }
  }

  /** When every append has its answer. */
  async close(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.whenIdle.push(resolve));
    await this.batches.close();
  }

  /**
   * An append without an answer is sent again as it was, so that the server knows it again. First the stream is looked into:
   * the answer to a repeated append does not say where the events stand, and is a conflict where the server no longer knows
   * them.
   */
  private async untilSettled(append: PreparedAppend): Promise<AppendResult> {
    let doubt: Error | undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (doubt === undefined) return await this.sendOnce(append);
        return (await this.lookFor(append)) ?? (await this.sendOnce(append));
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) throw error;
        if (!isNeverSent(error)) doubt ??= error;
        const pauseMs = RETRY_PAUSES_MS[attempt];
        if (pauseMs === undefined) throw doubt ? new AppendInDoubt(append.stream, { cause: doubt }) : error;
        await sleep(pauseMs);
      }
    }
  }

  private async sendOnce(append: PreparedAppend): Promise<AppendResult> {
    const answer = await this.batches.send(append);
    if ('reason' in answer) throw refusal(append, answer);
    const { revision, position } = answer;
    if (position !== undefined) return { revision, position };
    const found = await this.lookFor(append);
    if (!found)
      throw new Error(`EventStoreDB says that it has appended to ${append.stream}, and the events are not there`);
    return found;
  }

  /**
   * Where the events of an append stand; undefined when its place in the stream is still free.
   * @throws ConcurrencyConflict when others stand there
   */
  private async lookFor({ stream, expectedRevision, events }: PreparedAppend): Promise<AppendResult | undefined> {
    const there = await this.reader.streamPage(stream, expectedRevision + 1, { count: events.length });
    if (there.length === 0) return undefined;
    const last = there.at(-1);
    const isOurs =
      there.length === events.length && there.every(({ metadata }, i) => metadata.hash === events[i]?.hash);
    if (isOurs && last) return { revision: last.revision, position: last.position };
    const newest = await this.reader.lastOf(stream);
    throw new ConcurrencyConflict(stream, expectedRevision, newest?.revision ?? -1);
  }
}

function prepare(request: AppendRequest, prefixes: readonly string[]): PreparedAppend {
  const append = prepareAppend(request);
  const { stream, bytes } = append;
  assertOurs(stream, prefixes);
  if (bytes > APPEND_LIMIT) throw new EventTooLarge(stream, bytes, APPEND_LIMIT);
  return append;
}

function assertOurs(stream: string, prefixes: readonly string[]): void {
  if (prefixes.some((prefix) => stream.startsWith(prefix))) return;
  throw new RangeError(`${stream} is no stream of this store: readers would not see it (${prefixes.join(', ')})`);
}
