import { live } from '../../test/support/lives';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { MemoryKafka } from '../../test/support/memory-kafka';
import { TopicMissing, TopicReport, TransactionAborted } from './kafka-port';
import { relay, RelayObserver } from './relay';
import { RELAY_POSITIONS } from './relay-positions.topic';
import { TopicSettings } from './topic';

interface Relay {
  name?: string;
  source?: string;
  observer?: RelayObserver;
}

/** Works until everything in the store is published. */
async function publishAll(
  store: MemoryEventStore,
  kafka: MemoryKafka,
  { name = 'relay', source = '/luodi/test', observer }: Relay = {},
) {
  const [head, stopping] = [await store.head(), new AbortController()];
  const stopAt = (position: string | undefined) => void (position === head && stopping.abort());
  const options = { name, store, kafka, origin: { source, publicUrl: 'https://luodi.example' } };
  await relay(
    {
      ...options,
      observer: { ...observer, onStart: stopAt, onPublished: ({ position }) => stopAt(position) },
      pauseMs: { first: 1, longest: 2 },
    },
    AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]),
  );
}

/** Whose topics were made by somebody else. */
class MadeOtherwise extends MemoryKafka {
  constructor(private readonly policy: string) {
    super();
  }

  override async ensureTopics(topics: readonly TopicSettings[]): Promise<TopicReport[]> {
    const reports = await super.ensureTopics(topics);
    const differences = [{ setting: 'cleanup.policy', wanted: 'compact', actual: this.policy }];
    return reports.map((report) => (report.topic === RELAY_POSITIONS.name ? { ...report, differences } : report));
  }
}

function losePosition(kafka: MemoryKafka): void {
  for (const [index, messages] of kafka.transactions.entries()) {
    kafka.transactions[index] = messages.filter(({ topic }) => topic !== RELAY_POSITIONS.name);
  }
}

describe('a relay whose position may be lost', () => {
  let store: MemoryEventStore;
  beforeEach(async () => {
    store = new MemoryEventStore();
    await Promise.all([live(store, 'project-1'), live(store, 'conference-c')]);
  });

  it.each(['delete', 'compact,delete'])('stops before it writes where positions are kept by %s', async (policy) => {
    const kafka = new MadeOtherwise(policy);
    await expect(publishAll(store, kafka)).rejects.toMatchObject({
      name: 'RelayStopped',
      message: expect.stringContaining(`luodi.relay-positions.v1 has cleanup.policy=${policy}`) as string,
    });
    expect(kafka.messages).toEqual([]);
  });

  it.each([
    { what: 'is lost', name: 'relay', lose: losePosition },
    { what: 'is kept under another name', name: 'renamed', lose: () => undefined },
  ])('stops where its position $what, and the topics hold its messages', async ({ name, lose }) => {
    const kafka = new MemoryKafka();
    await publishAll(store, kafka);
    lose(kafka);
    const { length } = kafka.messages;
    await expect(publishAll(store, kafka, { name })).rejects.toMatchObject({
      name: 'RelayStopped',
      message: expect.stringMatching(`hold messages of /luodi/test, but .* no position of relay "${name}"`) as string,
    });
    expect(kafka.messages).toHaveLength(length);
  });

  it('begins at the beginning where the topics hold messages of another source', async () => {
    const kafka = new MemoryKafka();
    kafka.transactions.push([{ topic: 'luodi.project-events.v1', key: 'a', value: 'of somebody', headers: {} }]);
    await publishAll(store, kafka, { name: 'first', source: '/luodi' });
    const { length } = kafka.messages;
    await publishAll(store, kafka, { name: 'second', source: '/luodi/test' });
    expect(kafka.messages).toHaveLength(2 * length - 1);
  });
});

describe('a relay whose topics vanish', () => {
  it.each([
    new TopicMissing('no such topic'),
    new TransactionAborted('aborted', { cause: new TopicMissing('no such topic') }),
  ])('makes them again, and goes on: %p', async (failure) => {
    const store = new MemoryEventStore();
    await live(store, 'project-1');
    let areGone = false;
    const kafka = new MemoryKafka((call, happened) => {
      if (call === 'ensureTopics' && happened) areGone = false;
      return call === 'transaction' && areGone ? failure : undefined;
    });
    const retries: unknown[] = [];
    let prepared = 0;
    const observer = {
      onTopics: () => (areGone = (prepared += 1) === 1),
      onRetry: (error: unknown) => void retries.push(error),
    };
    await publishAll(store, kafka, { observer });
    expect([prepared, retries]).toEqual([2, [failure]]);
    expect(kafka.messages.length).toBeGreaterThan(1);
  });
});
