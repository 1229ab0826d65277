import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { v7 } from 'uuid';
import { GENESIS, seal, SealedEvent } from '../../libs/audit/hash-chain';
import { EventStore } from '../../libs/event-store/event-store';
import { ProjectState } from '../../libs/project/state';
import { exampleFacts } from '../../libs/topics/example-life';
import { factOf } from '../../libs/topics/fact';
import { Origin } from '../../libs/topics/origin';
import { TopicMessage } from '../../libs/topics/topic';
import { messagesOf } from '../../libs/topics/topics';

const PAUSE_MS = 100;

/** Everything that can happen to a project (or `conference`), sealed for a new stream: about fifteen events. */
export function sealedLife(stream: string): SealedEvent[] {
  const kind = stream.slice(0, stream.indexOf('-'));
  const events = exampleFacts()
    .filter((fact) => fact.kind === kind)
    .map(({ recorded: { type, data, metadata } }) => {
      const { previousHash: _, hash: __, ...unsealed } = metadata;
      return { type, data, metadata: { ...unsealed, eventId: v7(), recordedAt: new Date().toISOString() } };
    });
  return seal(events, { stream, revision: -1, hash: GENESIS });
}

/** Appends a whole life in pieces of one to three events, as commands do. */
export async function live(store: EventStore, stream: string, random = Math.random): Promise<void> {
  const events = sealedLife(stream);
  for (let next = 0; next < events.length;) {
    const size = 1 + Math.floor(random() * 3);
    await store.append({ stream, expectedRevision: next - 1, events: events.slice(next, next + size) });
    next += size;
  }
}

/**
 * So many writers, each one project after the other, until the signal aborts. Every tenth stream is a conference. Each
 * writer pauses between streams, so that a test that takes long has not a million events to compare.
 */
export async function load(store: EventStore, writers: number, signal: AbortSignal): Promise<void> {
  const write = async (writer: number): Promise<void> => {
    for (let serial = 0; !signal.aborted; serial += 1) {
      await delay(PAUSE_MS);
      await live(store, (serial + writer) % 10 === 0 ? `conference-c${v7()}` : `project-${v7()}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
}

/** What the topics must hold about a store's events, in its order. */
export async function* messagesAbout(store: EventStore, origin: Origin): AsyncGenerator<TopicMessage> {
  const states = new Map<string, ProjectState>();
  const from = { ...origin, storeId: store.storeId };
  for await (const events of store.readAll()) {
    for (const event of events) {
      const fact = factOf(event, states.get(event.stream));
      if (fact?.kind === 'project') states.set(event.stream, fact.state);
      if (fact) yield* messagesOf(fact, from);
    }
  }
}

/**
 * What stands under each key of each topic, in order: every message by its sequence and a digest of all it says, but of which
 * store its position is: the events may have moved.
 */
export class Digest {
  private readonly places = new Map<string, string[]>();

  add({ topic, key, value }: { topic: string; key: string; value: string }): void {
    const place = `${topic} ${key}`;
    const { storeid: _storeId, ...event } = JSON.parse(value) as { sequence?: string; storeid?: string };
    const messages = this.places.get(place) ?? [];
    messages.push(
      `${event.sequence} ${createHash('sha1').update(JSON.stringify(event)).digest('base64url').slice(0, 12)}`,
    );
    this.places.set(place, messages);
  }

  get content(): Record<string, string[]> {
    return Object.fromEntries([...this.places].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
