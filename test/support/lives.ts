import { v7 } from 'uuid';
import { GENESIS, seal, SealedEvent } from '../../libs/audit/hash-chain';
import { EventStore, RecordedEvent } from '../../libs/event-store/event-store';
import { ProjectState } from '../../libs/project/state';
import { exampleFacts } from '../../libs/topics/example-life';
import { factOf } from '../../libs/topics/fact';
import { Origin } from '../../libs/topics/origin';
import { TopicMessage } from '../../libs/topics/topic';
import { messagesOf } from '../../libs/topics/topics';

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

/** So many writers, each one project after the other, until the signal aborts. Every tenth stream is a conference. */
export async function load(store: EventStore, writers: number, signal: AbortSignal): Promise<void> {
  const write = async (writer: number): Promise<void> => {
    for (let serial = 0; !signal.aborted; serial += 1) {
      await live(store, (serial + writer) % 10 === 0 ? `conference-c${v7()}` : `project-${v7()}`);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
}

export async function eventsOf(store: EventStore): Promise<RecordedEvent[]> {
  return (await Array.fromAsync(store.readAll())).flat();
}

/** What the topics must hold about these events. */
export function messagesAbout(events: readonly RecordedEvent[], origin: Origin): TopicMessage[] {
  const states = new Map<string, ProjectState>();
  return events.flatMap((event) => {
    const fact = factOf(event, states.get(event.stream));
    if (fact?.kind === 'project') states.set(event.stream, fact.state);
    return fact ? messagesOf(fact, origin) : [];
  });
}

interface Published {
  topic: string;
  key: string;
  value: string;
}

/** `topic key` → its messages, in order. */
export function byKey(messages: readonly Published[]): Map<string, string[]> {
  const grouped = Map.groupBy(messages, ({ topic, key }) => `${topic} ${key}`);
  return new Map([...grouped].sort().map(([place, own]) => [place, own.map(({ value }) => value)]));
}
