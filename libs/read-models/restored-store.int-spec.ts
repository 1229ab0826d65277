import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { live } from '../../test/support/lives';
import { Memory, MemoryEventStore, newMemory } from '../../test/support/memory-event-store';
import { dump, Ground, openGround, PROGRAMME } from '../../test/support/read-models';
import { LIVE, livePosition } from './generation';
import { project, ProjectorStopped } from './projector';
import { rebuild } from './rebuild';

// An event store that was restored from an older backup, while the read models were not.

let ground: Ground;
let memory: Memory;
let store: MemoryEventStore;

beforeEach(async () => {
  ground = await openGround();
  memory = newMemory();
  store = new MemoryEventStore(memory);
});

afterEach(() => ground.close());

const context = () => ({ pool: ground.projections, store, programme: PROGRAMME });
const record = () => live(store, `project-${randomUUID()}`);

async function follow(): Promise<void> {
  const ending = new AbortController();
  const running = project(context(), ending.signal);
  try {
    while ((await livePosition(ground.pool)) !== (await store.head())) await Promise.race([setImmediate(), running]);
  } finally {
    ending.abort();
    await running;
  }
}

/** @returns what the backup lacks */
async function restoreOlder(): Promise<void> {
  await record();
  const backup = memory.events.length;
  await record();
  await follow();
  memory.events.length = backup;
}

async function expectRebuilt(): Promise<void> {
  await expect(follow()).rejects.toThrow(ProjectorStopped);
  await rebuild(context());
  await follow();
  const { projects } = await dump(ground.pool, LIVE);
  expect(new Set(projects!.map((project) => `project-${(project as { id: string }).id}`))).toEqual(
    new Set(memory.events.map(({ stream }) => stream)),
  );
}

test('one that ends before the read models stops the projector, and a rebuild leaves out what is gone', async () => {
  await restoreOlder();
  await expectRebuilt();
});

test('and one that has grown past them', async () => {
  await restoreOlder();
  await record();
  await record();
  await expectRebuilt();
});

test('and one that has another event at the same place', async () => {
  await record();
  await follow();
  const [lost] = memory.events.splice(-1);
  memory.events.push({ ...lost!, metadata: { ...lost!.metadata, eventId: randomUUID() } });
  const projecting = project(context(), new AbortController().signal);
  await expect(projecting).rejects.toThrow(/old backup restored\? .*luodi rebuild/);
});

test('a rebuild that finds the live read models ahead waits for what it has not seen, if the store holds it', async () => {
  await record();
  await follow();
  let hidden = true;
  const late = new MemoryEventStore(memory);
  const lastOf = memory.events.length - 1;
  jest.spyOn(late, 'readAll').mockImplementation(async function* (options) {
    for await (const batch of store.readAll(options)) {
      const shown = hidden ? batch.filter(({ position }) => position !== memory.events[lastOf]!.position) : batch;
      if (shown.length > 0) yield shown;
      if (shown.length < batch.length) hidden = false;
    }
  });
  await rebuild({ ...context(), store: late });
  expect(await livePosition(ground.pool)).toBe(await store.head());
});
