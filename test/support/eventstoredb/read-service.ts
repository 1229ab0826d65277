import type { ServiceError } from '@grpc/grpc-js';
import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { Access } from './access';
import { invalidPosition } from './failures';
import { Faults } from './faults';
import { filterOf } from './filter';
import { EventLog, StoredEvent } from './log';
import { eventMessage, streamName, streamNotFound } from './messages';
import { ReadCall, send } from './sending';
import { Subscription, SubscriptionSource } from './subscription';

import Options = ReadReq.Options;
const FORWARDS = 0;

/** The method Read: streams and $all, forwards and backwards, with a count, and all subscriptions. */
export class ReadService {
  constructor(
    private readonly log: EventLog,
    private readonly faults: Faults,
    private readonly access: Access,
  ) {}

  async read(call: ReadCall): Promise<void> {
    try {
      const options = call.request.getOptions() as Options;
      const name = options.hasAll() ? '$all' : streamName(options.getStream()?.getStreamIdentifier());
      const refused = this.access.refusal(call.metadata, name) ?? this.faults.takeCallFault();
      if (refused) throw refused;
      if (options.hasSubscription()) {
        await new Subscription(call, this.subscriptionSource(options, name), this.log, this.faults).run();
      } else {
        await this.readOnce(call, options, name);
        call.end();
      }
    } catch (error) {
      call.emit('error', error as ServiceError);
    }
  }

  private async readOnce(call: ReadCall, options: Options, name: string): Promise<void> {
    const ended = new AbortController();
    call.on('cancelled', () => ended.abort());
    await this.faults.wait('before');
    const selected = options.hasAll() ? this.ofAll(options) : this.ofStream(options, name);
    await this.faults.wait('answer');
    if (!selected) await send(call, streamNotFound(name), ended.signal);
    for (const event of selected ?? []) {
      if (ended.signal.aborted) return;
      await send(call, eventMessage(event), ended.signal);
    }
  }

  private ofStream(options: Options, name: string): StoredEvent[] | undefined {
    const events = this.log.stream(name);
    if (events.length === 0) return undefined;
    const stream = options.getStream() as Options.StreamOptions;
    const isForwards = options.getReadDirection() === FORWARDS;
    if (stream.hasStart()) return select(events, isForwards ? 0 : 1, options);
    if (stream.hasEnd()) return select(events, events.length, options);
    const revision = bounded(BigInt(stream.getRevision()), events.length);
    return select(events, isForwards ? revision : revision + 1, options);
  }

  /** A position is where an event begins: forwards it is read, backwards only what is before it. */
  private ofAll(options: Options): StoredEvent[] {
    const { events, head } = this.log;
    const all = options.getAll() as Options.AllOptions;
    if (all.hasStart()) return select(events, 0, options);
    if (all.hasEnd()) return select(events, events.length, options);
    const position = BigInt(all.getPosition()?.getCommitPosition() ?? 0);
    const isPast = position > head && options.getReadDirection() === FORWARDS;
    if (!isPast && !this.log.isBoundary(position)) throw invalidPosition();
    return select(events, this.log.indexAt(position), options);
  }

  /** Behind the given event. A position past the end is taken without a word, and what comes before it is passed over. */
  private subscriptionSource(options: Options, name: string): SubscriptionSource {
    if (!options.hasAll()) {
      const stream = options.getStream() as Options.StreamOptions;
      const events = this.log.stream(name);
      if (stream.hasStart()) return { events, from: 0 };
      if (stream.hasEnd()) return { events, from: events.length };
      return { events, from: Number(BigInt(stream.getRevision()) + 1n) };
    }
    const { events } = this.log;
    const filterOptions = options.getFilter();
    const filter = filterOptions && filterOf(filterOptions);
    const all = options.getAll() as Options.AllOptions;
    if (all.hasStart()) return { events, filter, from: 0 };
    if (all.hasEnd()) return { events, filter, from: events.length };
    const position = BigInt(all.getPosition()?.getCommitPosition() ?? 0);
    if (position < this.log.head && !this.log.isBoundary(position)) throw invalidPosition();
    return { events, filter: behind(position, filter), from: this.log.indexAt(position + 1n) };
  }
}

function behind(position: bigint, filter: SubscriptionSource['filter']): SubscriptionSource['filter'] {
  return filter && { ...filter, matches: (event) => event.position > position && filter.matches(event) };
}

/** From an index on, or backwards from just before it, at most the count. */
function select(events: readonly StoredEvent[], index: number, options: Options): StoredEvent[] {
  const count = bounded(BigInt(options.getCount()), events.length);
  if (options.getReadDirection() === FORWARDS) return events.slice(index, index + count);
  return events.slice(Math.max(0, index - count), index).reverse();
}

function bounded(value: bigint, limit: number): number {
  return value > BigInt(limit) ? limit : Number(value);
}
