import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { attempts, proposalOf } from '../../test/support/random-projects';
import { allEvents, cut, dump, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { RecordedEvent } from '../event-store/event-store';
import { createGeneration, currentVersions, GenerationSchema, LIVE, NEXT } from './generation';
import { Projection } from './projection';
import { ProjectionPool } from './projection-pool';

let ground: Ground;
let recorder: Recorder;

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
});

afterEach(() => ground.close());

test('a state that would be forgotten while others are looked up is there when it is needed', async () => {
  const ids = Array.from({ length: 4 }, () => randomUUID());
  for (const [serial, id] of ids.entries()) {
    expect(await recorder.record(id, { type: 'Propose', data: proposalOf(serial) })).toBeDefined();
  }
  for (const id of [ids[0]!, ids[2]!, ids[1]!]) {
    expect(await recorder.record(id, { type: 'AssignResponsibility', data: { unit: '发改委' } })).toBeDefined();
  }
  const batches = cut(await allEvents(ground.store), [2, 2, 1, 2]);
  // For the last batch the third project is remembered and the second is not; it is looked up while the fold of the first is
  // being written, and the end of that is when what has not changed for long is forgotten.
  expect(batches.map((batch) => batch.map(({ stream }) => ids.findIndex((id) => stream === `project-${id}`)))).toEqual([
    [0, 1],
    [2, 3],
    [0],
    [2, 1],
  ]);
  await buildNext(batches, 2);
  await expectFoldFromScratch();
});

test('however little is remembered, read models that are folded ahead of writing equal a fold from scratch', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(attempts(8, 60), sizes, async (drawn, lengths) => {
      await recorder.play(
        drawn,
        Array.from({ length: 8 }, () => randomUUID()),
      );
      await buildNext(cut(await allEvents(ground.store), lengths), 4);
      await expectFoldFromScratch();
    }),
    { numRuns: 10 },
  );
});

/** As a rebuild does: each batch is folded while the one before is being written, which ends while states are looked up. */
async function buildNext(batches: readonly RecordedEvent[][], remembered: number): Promise<void> {
  let writing: Promise<unknown> = Promise.resolve('written');
  const pool = lookingUpAfter(() => writing);
  await create(NEXT);
  const projection = (await Projection.open(pool, NEXT, PROGRAMME, remembered))!;
  for (const batch of batches) {
    const folded = await projection.fold(batch);
    expect(folded.parked).toEqual([]);
    expect(await writing).toBe('written');
    writing = projection.write(folded);
  }
  expect(await writing).toBe('written');
}

/** The pool, but that states are looked up only when something has ended. */
function lookingUpAfter(end: () => Promise<unknown>): ProjectionPool {
  const { projections } = ground;
  return new Proxy(projections, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target) as unknown;
      return async (question: string | { name: string }) => {
        if (typeof question === 'object' && question.name.startsWith('states-')) await end();
        return target.query(question as string);
      };
    },
  });
}

async function expectFoldFromScratch(): Promise<void> {
  await create(LIVE);
  const projection = (await Projection.open(ground.projections, LIVE, PROGRAMME))!;
  expect(await projection.apply(await allEvents(ground.store))).toBe('written');
  expect(await dump(ground.pool, NEXT)).toEqual(await dump(ground.pool, LIVE));
}

async function create(schema: GenerationSchema): Promise<void> {
  await ground.pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  const client = await ground.pool.connect();
  const generation = { schema, storeId: ground.store.storeId, versions: currentVersions(PROGRAMME), total: 0 };
  await createGeneration(client, generation).finally(() => client.release());
}
