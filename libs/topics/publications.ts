import { setImmediate } from 'node:timers/promises';
import { EventStore, Position, RecordedEvent } from '../event-store/event-store';
import { factOf } from './fact';
import { OutgoingMessage } from './kafka-port';
import { Origin, StoreOrigin } from './origin';
import { StatesBefore } from './states-before';
import { TopicMessage } from './topic';
import { messagesOf } from './topics';

/** All that goes to Kafka about one event; nothing for an event of a stream that is no topic's matter. */
export interface Publication {
  stream: string;
  revision: number;
  eventId: string;
  position: Position;
  messages: readonly (OutgoingMessage & { value: Buffer })[];
}

/** An event from which this version cannot make its messages. Those before it can still be published. */
export class Unpublishable extends Error {
  override readonly name = 'Unpublishable';
  constructor({ stream, revision, position, type }: RecordedEvent, options: { cause: unknown }) {
    const reason = options.cause instanceof Error ? options.cause.message : String(options.cause);
    super(`event ${revision} of ${stream} (${type}, position ${position}) cannot be published: ${reason}`, options);
  }
}

/** Events read at once, and events mapped before others in this process get their turn: the sends above all. */
const PAGE = 1_000;
const SLICE = 25;

export interface PublicationOptions {
  store: EventStore;
  origin: Origin;
  /** From the beginning when undefined. */
  after: Position | undefined;
  signal: AbortSignal;
}

/**
 * Follows the store until the signal aborts: what goes to Kafka about every event after a position, in the store's order,
 * in parts that are never empty. @throws Unpublishable after everything before that event
 */
export async function* publications({
  store,
  origin,
  after,
  signal,
}: PublicationOptions): AsyncGenerator<Publication[]> {
  const states = new StatesBefore(store);
  const from = { ...origin, storeId: store.storeId };
  for await (const page of store.followAll({ after, batchSize: PAGE, signal })) {
    await states.prepare(page);
    for (let start = 0; start < page.length; start += SLICE) {
      const { done, failure } = publish(page.slice(start, start + SLICE), states, from);
      if (done.length > 0) yield done;
      if (failure) throw failure;
      await setImmediate();
    }
  }
}

function publish(events: readonly RecordedEvent[], states: StatesBefore, origin: StoreOrigin) {
  const done: Publication[] = [];
  for (const event of events) {
    const { stream, revision, position, metadata } = event;
    try {
      const fact = factOf(event, states.before(event));
      if (fact?.kind === 'project') states.remember(stream, fact.state);
      const messages = fact ? messagesOf(fact, origin).map(encoded) : [];
      done.push({ stream, revision, eventId: metadata.eventId, position, messages });
    } catch (cause) {
      return { done, failure: new Unpublishable(event, { cause }) };
    }
  }
  return { done, failure: undefined };
}

/** Once here, instead of several times on the way. */
function encoded(message: TopicMessage): Publication['messages'][number] {
  return { ...message, value: Buffer.from(message.value) };
}
