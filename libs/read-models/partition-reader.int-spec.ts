import { setImmediate } from 'node:timers/promises';
import { MemoryTopic, TOPIC, withProjector } from '../../test/support/memory-topic';
import {
  allEvents,
  dump,
  Ground,
  openGround,
  PROGRAMME,
  Recorder,
  recordProjects,
} from '../../test/support/read-models';
import { LIVE, livePosition } from './generation';
import { listParked, retryParked } from './parked';
import { PartitionedReader, SourceMismatch, SourceUnavailable } from './partitioned-source';
import { project, ProjectorStopped } from './projector';
import { rebuild } from './rebuild';

let ground: Ground;
let recorder: Recorder;

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
});

afterEach(() => ground.close());

const context = () => ({ pool: ground.projections, store: ground.store, programme: PROGRAMME });
const signal = () => new AbortController().signal;

const record = (count: number) => recordProjects(ground.store, recorder, count);

const onStore = async () => {
  const ending = new AbortController();
  const head = await ground.store.head();
  const running = project(context(), ending.signal);
  while ((await livePosition(ground.pool)) !== head) await Promise.race([setImmediate(), running]);
  ending.abort();
  await running;
};

const head = async () => (await ground.store.head())!;
const topicOf = () => new MemoryTopic();

async function expectAsFromTheStore(): Promise<void> {
  const before = await dump(ground.pool, LIVE);
  await rebuild(context());
  expect(before).toEqual(await dump(ground.pool, LIVE));
}

test('the read models are at a position when every partition is, also those that are quiet', async () => {
  const topic = topicOf();
  topic.publish(await record(10));
  topic.partitions[2] = [];
  const rest = (await allEvents(ground.store)).filter(
    ({ stream }) => !topic.partitions.flat().some((e) => e.stream === stream),
  );
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    await member.read();
    expect(await livePosition(ground.pool)).toBeUndefined();
    // The last partition is being written; where it ends is known already.
    topic.partitions[2] = rest;
    expect(await reader.announce(await head())).toBe(true);
    expect(await livePosition(ground.pool)).toBeUndefined();
    await member.read();
    expect(await livePosition(ground.pool)).toBe(await head());
    const more = await record(1);
    topic.publish(more);
    expect(await reader.announce(await head())).toBe(true);
    expect(await livePosition(ground.pool)).not.toBe(await head());
    await member.read(1);
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});

test('one that has lost its partition writes nothing, and goes on when it has it again', async () => {
  const topic = topicOf();
  topic.publish(await record(10));
  await withProjector(context(), topic, async (reader) => {
    const zombie = await topic.member(reader);
    const before = zombie.next.get(1)!;
    expect(await zombie.takeNext(1)).toBe(true);
    zombie.next.set(1, before + 1);
    await withProjector(context(), topic, async (other) => (await topic.member(other, [1])).read());
    const after = await dump(ground.pool, LIVE);
    expect(await zombie.takeNext(1)).toBe(false);
    expect(await zombie.takeNext(1, 100)).toBe(false);
    expect(await dump(ground.pool, LIVE)).toEqual(after);
    const again = await topic.member(reader);
    await again.read();
    expect(await reader.announce(await head())).toBe(true);
  });
  expect(await livePosition(ground.pool)).toBe(await head());
  await expectAsFromTheStore();
});

test('who has the last event before it hears that it is the last moves the position when it hears it', async () => {
  const topic = topicOf();
  topic.publish(await record(3));
  for (const partitions of [[0, 1], [2]]) {
    await withProjector(context(), topic, async (reader) => {
      await (await topic.member(reader, partitions)).read();
      await reader.announce(await head());
    });
  }
  expect(await livePosition(ground.pool)).toBe(await head());
});

test('several at once add to the same cells, and lose no count', async () => {
  const topic = topicOf();
  topic.publish(await record(60));
  const members = [0, 1, 2].map((partition) =>
    withProjector(context(), topic, async (reader) => {
      await (await topic.member(reader, [partition])).read(3);
      expect(await reader.announce(await head())).toBe(true);
    }),
  );
  await Promise.all(members);
  expect(await livePosition(ground.pool)).toBe(await head());
  await expectAsFromTheStore();
});

test('from the store to the topics and back, while partitions are at different places, every event counts once', async () => {
  const topic = topicOf();
  topic.publish(await record(10));
  await onStore();
  topic.publish(await record(10));
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    expect(await livePosition(ground.pool)).toBe('20');
    // One partition gets ahead; what comes twice changes nothing.
    const length = topic.partitions[0]!.length;
    expect(await member.takeNext(0, length)).toBe(true);
    const once = await dump(ground.pool, LIVE);
    expect(await member.takeNext(0, length)).toBe(true);
    expect(await dump(ground.pool, LIVE)).toEqual(once);
    expect(await livePosition(ground.pool)).toBe('20');
  });
  await onStore();
  await expectAsFromTheStore();
  topic.publish(await record(3));
  await withProjector(context(), topic, async (reader) => {
    await (await topic.member(reader)).read();
    expect(await reader.announce(await head())).toBe(true);
  });
  expect(await livePosition(ground.pool)).toBe(await head());
  await expectAsFromTheStore();
});

test('what is parked waits as from the store, counts once, and is retried to where its partition has come', async () => {
  const topic = topicOf();
  const events = await record(2);
  const sick = events[0]!.stream;
  topic.publish(events.map((event) => (event.stream === sick ? { ...event, type: 'ProjectTeleported' } : event)));
  await withProjector(context(), topic, async (reader) => {
    await (await topic.member(reader)).read();
  });
  expect(await listParked(ground.pool)).toMatchObject([{ stream: sick, revision: 0, waiting: 2 }]);
  // No position was announced, yet what the partition has passed is not to be lost.
  expect(await livePosition(ground.pool)).toBeUndefined();
  expect(await retryParked(context())).toMatchObject({ released: [sick], parked: [] });
  await withProjector(context(), topic, async (reader) => {
    await (await topic.member(reader)).read();
    expect(await reader.announce(await head())).toBe(true);
  });
  await expectAsFromTheStore();
});

test('a rebuild hands the offsets on', async () => {
  const topic = topicOf();
  topic.publish(await record(5));
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    await member.read();
    await reader.announce(await head());
    await rebuild(context());
    topic.publish(await record(5));
    expect(await member.takeNext(0)).toBe(false);
    const again = await topic.member(reader);
    expect([...again.next]).toEqual([...member.next]);
    await again.read();
    expect(await reader.announce(await head())).toBe(true);
  });
  expect(await livePosition(ground.pool)).toBe(await head());
  await expectAsFromTheStore();
});

test('messages that are gone from the topics are missed, unless the read models have them', async () => {
  const topic = topicOf();
  const events = await record(8);
  topic.publish(events);
  topic.low = 100;
  const reading = () =>
    withProjector(context(), topic, async (reader) => {
      await (await topic.member(reader)).read();
      expect(await reader.announce(await head())).toBe(true);
    });
  await expect(reading()).rejects.toThrow(/no longer holds its first messages.*luodi rebuild/);
  await rebuild(context());
  await reading();
  const more = await record(4);
  for (const partition of topic.partitions) partition.length = 0;
  topic.publish(more);
  topic.low = 200;
  await expect(reading()).rejects.toThrow(ProjectorStopped);
  await rebuild(context());
  await reading();
  expect(await livePosition(ground.pool)).toBe(await head());
  await expectAsFromTheStore();
});

test('topics that were made anew, and end before what was read of them, are read from their beginning', async () => {
  const topic = topicOf();
  topic.publish(await record(16));
  const notices: string[] = [];
  const options = { ...context(), onNotice: (text: string) => void notices.push(text) };
  const reading = () =>
    withProjector(options, topic, async (reader) => {
      const member = await topic.member(reader);
      await member.read();
      await reader.announce(await head());
      await member.read();
      expect(await livePosition(ground.pool)).toBe(await head());
    });
  await reading();
  expect(notices).toEqual([]);
  for (const partition of topic.partitions) partition.length = 0;
  topic.publish(await record(3));
  await reading();
  expect(notices).toHaveLength(topic.partitions.length);
  expect(notices[0]).toMatch(/partition 0 of events ends before what was read of it/);
  await expectAsFromTheStore();
});

test('who reads a topic while it is made anew begins again with the next announcement', async () => {
  const topic = topicOf();
  topic.publish(await record(16));
  await withProjector(context(), topic, async (reader) => {
    const member = await topic.member(reader);
    await member.read();
    expect(await reader.announce(await head())).toBe(true);
    for (const partition of topic.partitions) partition.length = 0;
    topic.publish(await record(3));
    expect(await reader.announce(await head())).toBe(false);
    await (await topic.member(reader)).read();
    expect(await livePosition(ground.pool)).toBe(await head());
  });
  await expectAsFromTheStore();
});

test('a partition that was added, and whose bounds the client does not know yet, is tried again, not asked for at once', async () => {
  const topic = topicOf();
  topic.publish(await record(2));
  let asked = 0;
  const bounds = async () => {
    asked += 1;
    return (await topic.bounds()).filter(({ partition }) => partition > 0);
  };
  const reading = async (reader: PartitionedReader): Promise<void> => {
    await expect(reader.begin([{ topic: TOPIC, partition: 0 }])).rejects.toThrow(SourceUnavailable);
    expect(asked).toBe(1);
  };
  const ending = new AbortController();
  const source = { bounds, follow: (reader: PartitionedReader) => reading(reader).finally(() => ending.abort()) };
  await project({ ...context(), topic: source }, ending.signal);
});

test('topics of another store stop it', async () => {
  const mismatch = new SourceMismatch('another store');
  const topic = new MemoryTopic(() => Promise.reject(mismatch));
  await expect(project({ ...context(), topic }, signal())).rejects.toThrow(ProjectorStopped);
});
