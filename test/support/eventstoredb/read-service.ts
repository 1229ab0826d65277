import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { Access } from './access';
import { invalidPosition } from './failures';
import { Faults } from './faults';
import { Filter, filterOf } from './filter';
import { EventLog, StoredEvent } from './log';
import { streamName, streamNotFound } from './messages';
import { ReadCall, Sending } from './sending';
import { Subscription, SubscriptionSource } from './subscription';

import Options = ReadReq.Options;

/** The method Read: streams and $all, forwards and backwards, with a count, and all subscriptions. */
export class ReadService {
  scanned = 0;

  constructor(
    private readonly faults: Faults,
    private readonly access: Access,
  ) {}

  private get log(): EventLog {
    return this.faults.visible;
  }

  async read(call: ReadCall): Promise<void> {
    const options = call.request.getOptions() as Options;
    const sending = new Sending(call, this.faults, options.hasSubscription() ? 'subscriptions' : 'reads');
    try {
      const refused = this.access.refusal(call.metadata, nameIn(options)) ?? this.faults.takeCallFault(call.metadata);
      if (refused) throw refused;
      if (options.hasSubscription()) await new Subscription(this.source(options), sending).run(this.log);
      else await this.readOnce(options, sending);
      sending.end();
    } catch (error) {
      sending.failWith(error);
    }
  }

  private async readOnce(options: Options, sending: Sending): Promise<void> {
    await this.faults.wait('before');
    const filter = options.getFilter();
    if (filter) return this.search(options, filterOf(filter), sending);
    const selected = options.hasAll() ? this.ofAll(options) : this.ofStream(options);
    await this.faults.wait('answer');
    if (!selected) await sending.message(streamNotFound(nameIn(options)));
    for (const event of selected ?? []) await sending.event(event);
  }

  /**
   * Window by window, as the server does it: it stops at nothing but the first event beyond the count, or the end of the log.
   * Who has enough before must cancel the call.
   */
  private async search(options: Options, filter: Filter, sending: Sending): Promise<void> {
    const { events } = this.log;
    const isBackwards = !isForwards(options);
    const step = isBackwards ? -1 : 1;
    let at = this.indexIn(options) - (isBackwards ? 1 : 0);
    let left = bounded(BigInt(options.getCount()), events.length);
    await this.faults.wait('answer');
    for (let looked = 1; sending.isOpen; looked += 1, at += step) {
      const event = events[at];
      if (!event) return;
      this.scanned += 1;
      if (looked % filter.window === 0) await new Promise(setImmediate);
      if (!filter.matches(event)) continue;
      if (left === 0) return;
      left -= 1;
      await sending.event(event);
    }
  }

  /** From a revision: forwards and backwards with the event of that revision. */
  private ofStream(options: Options): StoredEvent[] | undefined {
    const events = this.log.stream(nameIn(options));
    if (events.length === 0) return undefined;
    const stream = options.getStream() as Options.StreamOptions;
    const isBackwards = !isForwards(options);
    if (stream.hasEnd()) return select(events, events.length, options);
    const revision = stream.hasStart() ? 0 : bounded(BigInt(stream.getRevision()), events.length);
    return select(events, isBackwards ? revision + 1 : revision, options);
  }

  /** A position is where an event begins: forwards it is read, backwards only what is before it. */
  private ofAll(options: Options): StoredEvent[] {
    return select(this.log.events, this.indexIn(options), options);
  }

  private indexIn(options: Options): number {
    const { events, head } = this.log;
    const all = options.getAll() as Options.AllOptions;
    if (all.hasStart()) return 0;
    if (all.hasEnd()) return events.length;
    const position = positionIn(all);
    const isPastEnd = position > head && isForwards(options);
    if (!isPastEnd && !this.log.isBoundary(position)) throw invalidPosition();
    return this.log.indexAt(position);
  }

  private source(options: Options): SubscriptionSource {
    return options.hasAll() ? this.sourceOfAll(options) : this.sourceOfStream(options);
  }

  private sourceOfStream(options: Options): SubscriptionSource {
    const stream = options.getStream() as Options.StreamOptions;
    const events = this.log.stream(nameIn(options));
    if (stream.hasStart()) return { events, from: 0 };
    if (stream.hasEnd()) return { events, from: events.length };
    return { events, from: Number(BigInt(stream.getRevision()) + 1n) };
  }

  /** A position past the end is taken without a word, and what comes before it is passed over: the server does so. */
  private sourceOfAll(options: Options): SubscriptionSource {
    const { events, head } = this.log;
    const filterOptions = options.getFilter();
    const filter = filterOptions && filterOf(filterOptions);
    const all = options.getAll() as Options.AllOptions;
    if (all.hasStart()) return { events, filter, from: 0 };
    if (all.hasEnd()) return { events, filter, from: events.length };
    const behind = positionIn(all);
    if (behind < head && !this.log.isBoundary(behind)) throw invalidPosition();
    return { events, filter, behind, from: this.log.indexAt(behind) };
  }
}

function nameIn(options: Options): string {
  return options.hasAll() ? '$all' : streamName(options.getStream()?.getStreamIdentifier());
}

function positionIn(all: Options.AllOptions): bigint {
  return BigInt(all.getPosition()?.getCommitPosition() ?? 0);
}

function isForwards(options: Options): boolean {
  return options.getReadDirection() === Options.ReadDirection.FORWARDS;
}

/** From an index on, or backwards from just before it, at most the count. */
function select(events: readonly StoredEvent[], index: number, options: Options): StoredEvent[] {
  const count = bounded(BigInt(options.getCount()), events.length);
  if (isForwards(options)) return events.slice(index, index + count);
  return events.slice(Math.max(0, index - count), index).reverse();
}

function bounded(value: bigint, limit: number): number {
  return value > BigInt(limit) ? limit : Number(value);
}
