import { randomUUID } from 'node:crypto';
import { MemoryTopic, withProjector } from '../../test/support/memory-topic';
import { dump, Ground, openGround, PROGRAMME, Recorder, recordProjects } from '../../test/support/read-models';
import { RecordedEvent } from '../event-store/event-store';
import { FoldableEvent } from './fold';
import { LIVE, livePosition } from './generation';
import { rebuild } from './rebuild';

// The store is a copy of another one, from which the first messages of the topics come: their positions mean nothing in it.

let ground: Ground;
let recorder: Recorder;
let topic: MemoryTopic;

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  topic = new MemoryTopic();
});

afterEach(() => ground.close());

const context = () => ({ pool: ground.projections, store: ground.store, programme: PROGRAMME });
const head = async () => (await ground.store.head())!;

const record = (count: number) => recordProjects(ground.store, recorder, count);

/** As the relay of the other store has published them. */
function elsewhere(events: readonly RecordedEvent[]): FoldableEvent[] {
  return events.map((event) => ({ ...event, position: `elsewhere ${event.position}`, isOfAnotherStore: true }));
}

async function expectAsFromTheStore(): Promise<void> {
  const before = await dump(ground.pool, LIVE);
  await rebuild(context());
  expect(before).toEqual(await dump(ground.pool, LIVE));
}

test('messages of the other store are passed over, and those that follow them count', async () => {
  topic.publish(elsewhere(await record(8)));
  await rebuild(context());
  topic.publish(await record(5));
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    await member.read(3);
    // The last messages of a partition may be of the other store: what is announced is of this one.
    topic.publish(await record(1));
    await reader.announce(await head());
    await member.read(3);
    await reader.announce(await head());
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});

test('a partition that only has messages of the other store is where it is announced to be', async () => {
  const events = await record(8);
  await rebuild(context());
  topic.publish(elsewhere(events));
  const last = (await record(1)).map((event) => ({ ...event }));
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    topic.publish(last);
    await member.read();
    expect(await livePosition(ground.pool)).toBe(events.at(-1)!.position);
    await reader.announce(await head());
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});

test('after a move there and back, a partition stays where its last event of this store was', async () => {
  const [first, second, third] = [await record(4), await record(4), await record(4)];
  await rebuild(context());
  topic.publish(first);
  topic.publish(elsewhere(second));
  topic.publish(third);
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    await member.read(1);
    await reader.announce(await head());
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});

test('a copied event that the read models do not hold stops it, before anything of it is shown', async () => {
  await record(4);
  await rebuild(context());
  const shown = await dump(ground.pool, LIVE);
  topic.publish(elsewhere(await record(1)));
  const reading = () => withProjector(context(), topic, async (reader) => (await topic.member(reader)).read());
  await expect(reading()).rejects.toThrow(/copied from another event store.*luodi rebuild/);
  expect(await dump(ground.pool, LIVE)).toEqual(shown);
  await rebuild(context());
  await reading();
  await expectAsFromTheStore();
});

test('what the other store has recorded since, and was never copied, is passed over, and told', async () => {
  const events = await record(4);
  await rebuild(context());
  topic.publish(elsewhere(events));
  const since = events.map((event) => ({ ...event, metadata: { ...event.metadata, eventId: randomUUID() } }));
  topic.publish(elsewhere(since.map((event) => ({ ...event, revision: event.revision + 2 }))));
  const another = `project-${randomUUID()}`;
  topic.publish(elsewhere(since.slice(0, 1).map((event) => ({ ...event, stream: another }))));
  topic.publish(await record(2));
  const notices: string[] = [];
  const onNotice = (text: string) => void notices.push(text);
  await withProjector({ ...context(), onNotice }, topic, async (reader) => {
    await (await topic.member(reader)).read();
    await reader.announce(await head());
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  expect(notices.join()).toMatch(/passed over \d events of another event store/);
  await expectAsFromTheStore();
});

test('first messages that are gone are not missed where the first that is left is known', async () => {
  const events = await record(12);
  await rebuild(context());
  topic.publish(elsewhere(events));
  for (const partition of topic.partitions) partition.splice(0, 2);
  topic.low = 2;
  await withProjector(context(), topic, async (reader) => {
    await (await topic.member(reader)).read();
    await reader.announce(await head());
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});
