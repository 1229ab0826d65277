import fc from 'fast-check';
import { setTimeout as delay } from 'node:timers/promises';
import { Digest, live, messagesAbout, sealedLife } from '../../test/support/lives';
import { MemoryEventStore, newMemory } from '../../test/support/memory-event-store';
import { MemoryKafka, unavailable } from '../../test/support/memory-kafka';
import { EventStore } from '../event-store/event-store';
import { Fenced, MessageTooLarge, TransactionAborted, TransactionInDoubt } from './kafka-port';
import { Origin } from './origin';
import { relay, RelayObserver } from './relay';
import { readRelayPosition, relayPositionMessage, RELAY_POSITIONS } from './relay-positions.topic';
import { RelayStopped } from './relay-stopped';
import { TopicMessage } from './topic';

const origin: Origin = { source: '/luodi/test', publicUrl: 'https://luodi.example' };
const name = 'relay';

/** A relay at work. */
function start(store: EventStore, kafka: MemoryKafka, observer: RelayObserver = {}) {
  const stopping = new AbortController();
  const running = relay({ name, store, kafka, origin, observer, pauseMs: { first: 1, longest: 2 } }, stopping.signal);
  running.catch(() => undefined);
  return {
    running,
    /** Waits for a condition; fails with what stops the relay before. */
    until: async (holds: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await holds())) await Promise.race([delay(1), running]);
    },
    stop: async (): Promise<void> => {
      stopping.abort();
      await running;
    },
  };
}

async function isUpToDate(store: EventStore, kafka: MemoryKafka): Promise<boolean> {
  const last = kafka.messages.findLast(({ topic }) => topic === RELAY_POSITIONS.name);
  return last !== undefined && readRelayPosition(last.value).position === (await store.head());
}

/** Compares what is in the topics, but for positions, with what the store's events come to. */
async function expectAll(store: EventStore, kafka: MemoryKafka): Promise<void> {
  const [expected, actual] = [new Digest(), new Digest()];
  for await (const message of messagesAbout(store, origin)) expected.add(message);
  for (const message of kafka.messages) if (message.topic !== RELAY_POSITIONS.name) actual.add(message);
  expect(actual.content).toEqual(expected.content);
}

describe('the relay', () => {
  it('publishes what is there and what comes, once, in order', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    await Promise.all([live(store, 'project-1'), live(store, 'project-2'), live(store, 'conference-c')]);
    const relaying = start(store, kafka);
    await relaying.until(() => isUpToDate(store, kafka));
    await expectAll(store, kafka);
    await Promise.all([live(store, 'project-3'), live(store, 'other-1')]);
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    await expectAll(store, kafka);
  });

  it('goes on where the one before it has stopped, also in the middle of projects', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    const events = sealedLife('project-1');
    for (const [index, event] of events.entries()) {
      await store.append({ stream: 'project-1', expectedRevision: index - 1, events: [event] });
      const relaying = start(store, kafka);
      await relaying.until(() => isUpToDate(store, kafka));
      await relaying.stop();
    }
    expect(kafka.transactions).toHaveLength(events.length);
    await expectAll(store, kafka);
  });

  it('writes every event once, whatever fails before or after it happened', async () => {
    const calls = fc.array(fc.constantFrom('before', 'after', 'not at all', 'not at all'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(calls, fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), async (script, projects) => {
        const store = new MemoryEventStore();
        let next = 0;
        const kafka = new MemoryKafka((_, happened) => {
          const fate = script[next];
          if (fate === 'before' && !happened) return (next++, new TransactionAborted('before'));
          if (fate === 'after' && happened) return (next++, new TransactionInDoubt('after'));
          if (happened) next += 1;
          return undefined;
        });
        const relaying = start(store, kafka);
        const streams = new Set(projects.map((project) => `project-${project}`));
        await Promise.all([...streams].map((stream) => live(store, stream)));
        await relaying.until(() => isUpToDate(store, kafka));
        await relaying.stop();
        await expectAll(store, kafka);
      }),
      { numRuns: 50 },
    );
  });

  it('says what failed, and tries until Kafka is there', async () => {
    const [store, errors] = [new MemoryEventStore(), [] as unknown[]];
    await live(store, 'project-1');
    const kafka = new MemoryKafka(() => (errors.length < 3 ? unavailable() : undefined));
    const relaying = start(store, kafka, { onRetry: (error) => errors.push(error) });
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    expect(errors).toEqual([unavailable(), unavailable(), unavailable()]);
  });

  it('that is overtaken stops, and the newer one goes on', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    const older = start(store, kafka);
    await live(store, 'project-1');
    await older.until(() => isUpToDate(store, kafka));
    let hasStarted = false;
    const newer = start(store, kafka, { onStart: () => (hasStarted = true) });
    await newer.until(() => hasStarted);
    await live(store, 'project-2');
    await expect(older.running).rejects.toThrow(Fenced);
    await newer.until(() => isUpToDate(store, kafka));
    await newer.stop();
    await expectAll(store, kafka);
  });

  it('whose commit ends in doubt does not take back what another has taken over meanwhile', async () => {
    const store = new MemoryEventStore();
    let isOvertaken = false;
    const kafka = new MemoryKafka((call) => {
      if (call === 'open' && isOvertaken) return new Fenced(name);
      if (call !== 'transaction') return undefined;
      isOvertaken = true;
      return new TransactionInDoubt('the broker does not say');
    });
    await live(store, 'project-1');
    await expect(start(store, kafka).running).rejects.toThrow(Fenced);
    expect(kafka.transactions).toEqual([]);
  });

  it('publishes everything before an event it cannot read, and stops there', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    await live(store, 'project-1');
    const [proposal, promotion] = sealedLife('project-2');
    await store.append({ stream: 'project-2', expectedRevision: -1, events: [proposal!] });
    const unknown = { ...promotion!, type: 'ProjectTeleported' };
    await store.append({ stream: 'project-2', expectedRevision: 0, events: [unknown] });
    await live(store, 'project-3');
    const relaying = start(store, kafka);
    await expect(relaying.running).rejects.toThrow(RelayStopped);
    await expect(relaying.running).rejects.toThrow(
      /event 1 of project-2 \(ProjectTeleported, position \w+\) cannot be/,
    );
    const keys = new Set(kafka.messages.map(({ key }) => key));
    expect(keys).toEqual(new Set([name, '1', '2']));
    expect(kafka.messages.filter(({ key }) => key === '2')).toHaveLength(2);
  });

  it('makes transactions smaller when the broker takes less', async () => {
    const [store, sizes] = [new MemoryEventStore(), [] as number[]];
    await Promise.all([live(store, 'project-1'), live(store, 'project-2')]);
    const kafka = new LimitedKafka(9);
    const relaying = start(store, kafka, { onPublished: ({ messages }) => sizes.push(messages) });
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(9);
    await expectAll(store, kafka);
  });

  it('makes them larger again when the broker takes more', async () => {
    const [store, sizes] = [new MemoryEventStore(), [] as number[]];
    await Promise.all(Array.from({ length: 40 }, (_, project) => live(store, `project-${project}`)));
    const kafka = new LimitedKafka(9);
    const relaying = start(store, kafka, {
      onPublished: ({ events }) => {
        sizes.push(events);
        kafka.most = Infinity;
      },
    });
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    const [smallest = 0] = sizes;
    expect(smallest).toBeLessThan(5);
    expect(Math.max(...sizes)).toBeGreaterThan(4 * smallest);
    await expectAll(store, kafka);
  });

  it('stops at an event that no transaction can hold', async () => {
    const store = new MemoryEventStore();
    await live(store, 'project-1');
    const relaying = start(store, new LimitedKafka(2));
    await expect(relaying.running).rejects.toThrow(
      /position \w+ of project-1 stops the relay.*raise max\.message\.bytes/,
    );
  });

  it.each([
    ['of another store', { storeId: 'memory:another', position: 'm3' }, /hold events of event store memory:another/],
    ['that the store does not reach', { storeId: 'memory:test', position: 'm999' }, /was an old backup restored/],
  ])('refuses to go on from a position %s', async (_, reached, message) => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    await live(store, 'project-1');
    kafka.transactions.push([relayPositionMessage(name, { ...reached, at: new Date().toISOString() }, origin)]);
    await expect(start(store, kafka).running).rejects.toThrow(message);
    expect(kafka.transactions).toHaveLength(1);
  });

  it('that is set up for another store stops, and leaves the one at work alone', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    const working = start(store, kafka);
    await live(store, 'project-1');
    await working.until(() => isUpToDate(store, kafka));
    const staging = new MemoryEventStore(newMemory(), 'memory:staging');
    await live(staging, 'project-1');
    await expect(start(staging, kafka).running).rejects.toThrow(RelayStopped);
    await live(store, 'project-2');
    await working.until(() => isUpToDate(store, kafka));
    await working.stop();
    await expectAll(store, kafka);
  });

  it('stops where a backup was restored, whatever has been recorded since', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.nat(4), async (kept, streams) => {
        const [memory, kafka] = [newMemory(), new MemoryKafka()];
        const store = new MemoryEventStore(memory);
        await Promise.all([1, 2, 3].map((project) => live(store, `project-${project}`)));
        const relaying = start(store, kafka);
        await relaying.until(() => isUpToDate(store, kafka));
        await relaying.stop();
        const { length } = kafka.transactions;
        memory.events.splice(kept);
        for (let stream = 0; stream < streams; stream += 1) await live(store, `conference-${stream}`);
        await expect(start(store, kafka).running).rejects.toThrow(/was an old backup restored/);
        expect(kafka.transactions).toHaveLength(length);
      }),
      { numRuns: 30 },
    );
  });

  it('stops also where it lived through that, and another event stands in the place of the one it published', async () => {
    const memory = newMemory();
    const store = new MemoryEventStore(memory);
    let isAway = false;
    const kafka = new MemoryKafka(() => (isAway ? unavailable() : undefined));
    const [proposal, promotion] = sealedLife('project-1');
    await store.append({ stream: 'project-1', expectedRevision: -1, events: [proposal!, promotion!] });
    const relaying = start(store, kafka, { onRetry: () => (isAway = false) });
    await relaying.until(() => isUpToDate(store, kafka));
    const { length } = kafka.transactions;
    isAway = true;
    memory.events.pop();
    const [, another] = sealedLife('project-1');
    await store.append({ stream: 'project-1', expectedRevision: 0, events: [another!] });
    await live(store, 'project-2');
    await expect(relaying.running).rejects.toThrow(/was an old backup restored/);
    expect(kafka.transactions).toHaveLength(length);
  });

  it('goes on in a copy of the store, where positions are others, and back', async () => {
    const [kafka, memory] = [new MemoryKafka(), newMemory()];
    const store = new MemoryEventStore(memory, 'memory:first');
    await Promise.all([live(store, 'project-1'), live(store, 'conference-c')]);
    const relaying = start(store, kafka);
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    await live(store, 'project-2');
    const events = memory.events.map((event, index) => ({ ...event, position: `m${5 * index + 50}` }));
    const moved = { ...newMemory(), events };
    for (const copy of [new MemoryEventStore(moved, 'memory:second'), store]) {
      const again = start(copy, kafka);
      await again.until(() => isUpToDate(copy, kafka));
      await again.stop();
    }
    // Messages name positions of the store they were read from.
    const placeOf = ({ topic, key, value }: TopicMessage) =>
      `${topic} ${key} ${(JSON.parse(value) as { sequence?: string }).sequence}`;
    const published = kafka.messages.filter(({ topic }) => topic !== RELAY_POSITIONS.name);
    const expected = await Array.fromAsync(messagesAbout(store, origin));
    expect(published.map(placeOf).sort()).toEqual(expected.map(placeOf).sort());
    const storeIds = published.map(({ value }) => (JSON.parse(value) as { storeid?: string }).storeid);
    expect([...new Set(storeIds)]).toEqual(['memory:first', 'memory:second']);
  });

  it('refuses to go on in a store that lacks the event it published last', async () => {
    const kafka = new MemoryKafka();
    const [store, other] = [new MemoryEventStore(), new MemoryEventStore(newMemory(), 'memory:other')];
    await Promise.all([live(store, 'project-1'), live(other, 'project-1')]);
    const relaying = start(store, kafka);
    await relaying.until(() => isUpToDate(store, kafka));
    await relaying.stop();
    const { length } = kafka.transactions;
    await expect(start(other, kafka).running).rejects.toThrow(
      /memory:other, and the last event published is not in it: .*luodi migrate-store.*RELAY_NAME and EVENT_SOURCE/,
    );
    expect(kafka.transactions).toHaveLength(length);
  });

  it('makes all topics, as wanted', async () => {
    const [store, kafka] = [new MemoryEventStore(), new MemoryKafka()];
    const topics = { partitions: 6, retentionDays: 2 };
    let hasStarted = false;
    const stopping = new AbortController();
    const observer = { onStart: () => (hasStarted = true) };
    const running = relay({ name, store, kafka, origin, topics, observer }, stopping.signal);
    while (!hasStarted) await delay(1);
    stopping.abort();
    await running;
    const made = kafka.topics.map(({ name: topic, partitions, replicationFactor, settings }) => [
      topic,
      partitions,
      replicationFactor,
      settings['cleanup.policy'],
      settings['retention.ms'],
    ]);
    expect(made).toEqual([
      ['luodi.project-events.v1', 6, 1, 'delete', '172800000'],
      ['luodi.project-states.v1', 6, 1, 'compact', '-1'],
      ['luodi.conference-events.v1', 1, 1, 'delete', '172800000'],
      ['luodi.relay-positions.v1', 1, 1, 'compact', '-1'],
    ]);
  });
});

/** Takes so many messages at once. */
class LimitedKafka extends MemoryKafka {
  constructor(public most: number) {
    super();
  }

  override async transactionalProducer(id: string) {
    const producer = await super.transactionalProducer(id);
    const transaction = producer.transaction.bind(producer);
    producer.transaction = async (messages) => {
      if (messages.length > this.most) throw new MessageTooLarge(`${messages.length} messages`);
      await transaction(messages);
    };
    return producer;
  }
}
