import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStore, Position } from '../event-store/event-store';
import { Fenced, isTopicMissing, Kafka, MessageTooLarge, TopicReport, TransactionalProducer } from './kafka-port';
import { Origin } from './origin';
import { assertCompacted, assertUnpublished } from './positions-kept';
import { Publication, publications, Unpublishable } from './publications';
import { readAhead } from './read-ahead';
import { readRelayPosition, RELAY_POSITIONS, RelayPosition, relayPositionMessage } from './relay-positions.topic';
import { RelayStopped } from './relay-stopped';
import { resumePosition } from './resume-position';
import { transactionLength } from './transaction-length';
import { TopicOverrides, wantedTopics } from './wanted-topics';

/** What a relay tells while it works. */
export interface RelayObserver {
  /** All topics are there; each with what differs from how it would be made now, with so many brokers up. */
  onTopics?(reports: readonly TopicReport[], brokers: number): void;
  /** It has taken over, and goes on after this position; undefined when nothing has been published yet. */
  onStart?(position: Position | undefined): void;
  /** One transaction is committed. */
  onPublished?(published: { events: number; messages: number; position: Position; seconds: number }): void;
  /** Something failed; it starts anew from the committed position after a pause. */
  onRetry?(error: unknown): void;
}

export interface RelayOptions {
  /** Positions are kept under it; of two relays of a name the one that started later works. */
  name: string;
  store: EventStore;
  kafka: Kafka;
  origin: Origin;
  topics?: TopicOverrides;
  observer?: RelayObserver;
  /** Before it starts anew after an error; doubles while nothing is published. Default 100 to 5,000 ms. */
  pauseMs?: { first: number; longest: number };
}

/** Events in a transaction at most: more make it slower for readers, and no faster for us. */
const MOST_EVENTS = 4_000;
const PAUSE_MS = { first: 100, longest: 5_000 };

/**
 * Publishes every event of the store to the topics, once and in order, until the signal aborts; the transaction at work is
 * finished. A batch of messages and the position after it are written in one transaction, and the position is read from
 * Kafka at each start: whatever crashes in between, both happened or neither. After any error the producer is thrown away,
 * and the position read again.
 *
 * An event that cannot be published stops the relay at its place: left out, readers would have a gap that nobody can fill
 * any more; set aside with what follows it in its project, readers would count what was never so. As every command folds
 * its project before it writes, such an event comes from a newer version of this program (update the relay) or from a
 * damaged store. What lies before it is published.
 *
 * @throws Fenced when another relay of the same name has taken over, RelayStopped when it cannot go on
 */
export async function relay(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const session = new Session(options, signal);
  const { first, longest } = options.pauseMs ?? PAUSE_MS;
  let pauseMs = first;
  while (!signal.aborted) {
    const before = session.published;
    try {
      await session.run();
    } catch (error) {
      if (error instanceof Fenced || error instanceof RelayStopped) throw error;
      if (signal.aborted) return;
      if (session.published > before) pauseMs = first;
      options.observer?.onRetry?.(error);
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, longest);
    }
  }
}

class Session {
  /** Events, since the relay was started. */
  published = 0;
  /** See {@link RelayPosition}; older relays did not write it. */
  private publication: string | undefined;
  private isPrepared = false;
  private mostEvents = MOST_EVENTS;

  constructor(
    private readonly options: RelayOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** From taking over to the signal or the first error. */
  async run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      if (isTopicMissing(error)) this.isPrepared = false;
      throw error;
    }
  }

  private async work(): Promise<void> {
    const { kafka, name, observer } = this.options;
    if (!this.isPrepared) await this.prepare();
    const producer = await kafka.transactionalProducer(`luodi-relay-${name}`);
    try {
      const position = await this.takeUp(producer);
      observer?.onStart?.(position);
      await this.follow(producer, position);
    } finally {
      await producer.close();
    }
  }

  /** Before anything is taken over, and again when a topic has vanished: a relay that is set up wrongly must not end the one that works. */
  private async prepare(): Promise<void> {
    const { kafka, name, topics = {}, observer } = this.options;
    const brokers = await kafka.brokerCount();
    const reports = await kafka.ensureTopics(wantedTopics(brokers, topics));
    observer?.onTopics?.(reports, brokers);
    assertCompacted(reports);
    await this.resumed(await kafka.readLast(RELAY_POSITIONS.name, name));
    this.isPrepared = true;
  }

  private async takeUp(producer: TransactionalProducer): Promise<Position | undefined> {
    const { name, store, origin } = this.options;
    const last = await producer.readLast(RELAY_POSITIONS.name, name);
    // Only now: what another relay of this name has published until then has its position.
    if (last === undefined) await assertUnpublished(this.options.kafka, name, origin);
    const reached = await this.resumed(last);
    this.publication = reached ? reached.publication : randomUUID();
    if (reached && reached.storeId !== store.storeId) {
      const moved = { ...reached, storeId: store.storeId, at: new Date().toISOString() };
      await producer.transaction([relayPositionMessage(name, moved, origin)]);
    }
    return reached?.position;
  }

  /** What was written last, with the position that it means in this store. */
  private async resumed(value: string | undefined): Promise<RelayPosition | undefined> {
    if (value === undefined) return undefined;
    const reached = readRelayPosition(value);
    return { ...reached, position: await resumePosition(reached, this.options.store, this.options.name) };
  }

  private async follow(producer: TransactionalProducer, after: Position | undefined): Promise<void> {
    const { store, origin } = this.options;
    const ending = new AbortController();
    const signal = AbortSignal.any([this.signal, ending.signal]);
    try {
      const source = publications({ store, origin, after, signal });
      const take = (waiting: readonly Publication[]) => transactionLength(waiting, this.mostEvents);
      for await (const batch of readAhead(source, { limit: this.mostEvents, take })) {
        await this.publish(producer, batch);
        if (signal.aborted) return;
      }
    } catch (error) {
      throw error instanceof Unpublishable ? stopped(error) : error;
    } finally {
      ending.abort();
    }
  }

  private async publish(producer: TransactionalProducer, batch: readonly Publication[]): Promise<void> {
    const { name, store, origin, observer } = this.options;
    const { messages: _, ...last } = batch.at(-1) as Publication;
    const { position, stream } = last;
    const { publication } = this;
    const reached = { storeId: store.storeId, ...last, publication, at: new Date().toISOString() };
    const messages = [relayPositionMessage(name, reached, origin), ...batch.flatMap((each) => each.messages)];
    const started = performance.now();
    try {
      await producer.transaction(messages);
    } catch (error) {
      if (error instanceof MessageTooLarge) {
        if (batch.length === 1) throw stopped(error, `the event at position ${position} of ${stream}`);
        // The broker takes less than the topic was made for.
        this.mostEvents = Math.ceil(batch.length / 2);
      }
      throw error;
    }
    this.published += batch.length;
    // What was too large may have been a few large events; were it the broker, it says so again, but seldom.
    this.mostEvents = Math.min(MOST_EVENTS, this.mostEvents + 1);
    const seconds = (performance.now() - started) / 1000;
    observer?.onPublished?.({ events: batch.length, messages: messages.length, position, seconds });
  }
}

function stopped(cause: Error, what = 'an event'): RelayStopped {
  const advice =
    cause instanceof MessageTooLarge
      ? 'raise max.message.bytes of the topics'
      : 'update this program if a newer version has written to the store, else check the store with "luodi verify"';
  return new RelayStopped(`${what} stops the relay, for nothing may be left out. ${cause.message}. Then: ${advice}`, {
    cause,
  });
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause, and is no error.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
