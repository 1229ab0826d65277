import { randomUUID } from 'node:crypto';
import { proposalOf } from '../../test/support/random-projects';
import { ACTOR, allEvents, dump, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { GENESIS, seal } from '../audit/hash-chain';
import { projectDecider } from '../project/decider';
import { UnknownEvent } from '../project/upcasters';
import { LIVE } from './generation';
import { listParked, retryParked } from './parked';
import { project } from './projector';
import { projectorStatus } from './projector-status';
import { findProject } from './projects.query';
import { rebuild } from './rebuild';
import { Visibility } from './wait-for';

let ground: Ground;
let recorder: Recorder;
let visibility: Visibility;
let aborting: AbortController;
let done: Promise<void>;

beforeEach(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  visibility = new Visibility(ground.url, ground.pool, ground.store);
  aborting = new AbortController();
  done = project({ pool: ground.projections, store: ground.store, programme: PROGRAMME }, aborting.signal);
});

afterEach(async () => {
  aborting.abort();
  await done;
  await visibility.close();
  await ground.close();
});

const visible = async () => visibility.waitFor((await ground.store.head())!, 60_000);
const context = () => ({ pool: ground.projections, store: ground.store, programme: PROGRAMME });
const propose = (id: string) => recorder.record(id, { type: 'Propose', data: proposalOf(1) });

/** Appends an event as it is, past the decider, as a fault or another version of the program would. */
async function append(
  id: string,
  ...events: { type: string; data: Record<string, unknown>; schemaVersion?: number }[]
) {
  const stream = `project-${id}`;
  const history = (await ground.store.readStreams([stream])).get(stream)!;
  const revision = history.length - 1;
  const unsealed = events.map(({ type, data, schemaVersion = 1 }) => ({
    type,
    data,
    metadata: {
      eventId: randomUUID(),
      commandId: randomUUID(),
      commandDigest: '',
      correlationId: '',
      causationId: '',
      actor: ACTOR,
      schemaVersion,
      recordedAt: '2024-12-01T00:00:00.000Z',
    },
  }));
  const end = { stream, revision, hash: history.at(-1)?.metadata.hash ?? GENESIS };
  await ground.store.append({ stream, expectedRevision: revision, events: seal(unsealed, end) });
}

const PROMOTED = { type: 'ProjectPromoted', data: { occurredOn: '2024-02-01', conference: 'karamay-2024' } };
const ASSIGNED = { type: 'ResponsibilityAssigned', data: { occurredOn: '2024-02-01', unit: '市发改委' } };
const UNKNOWN = { type: 'ProjectTeleported', data: { occurredOn: '2024-02-02' } };
/** It folds well, but the amount does not fit the column. */
const TOO_MUCH = {
  type: 'IntentSigned',
  data: {
    occurredOn: '2024-03-01',
    agreement: 'intent',
    amount: { value: `1${'0'.repeat(30)}.00`, currency: 'CNY', bound: 'exact' },
  },
};

test('an event that cannot be folded parks its project, later ones wait, others flow', async () => {
  const [sick, well] = [randomUUID(), randomUUID()];
  await propose(sick);
  await append(sick, PROMOTED, UNKNOWN, ASSIGNED);
  await propose(well);
  await append(sick, ASSIGNED);
  await visible();
  expect(await listParked(ground.pool)).toEqual([
    {
      stream: `project-${sick}`,
      revision: 2,
      position: '3',
      error: 'UnknownEvent: event ProjectTeleported version 1: the type is not known',
      parkedAt: expect.any(String),
      waiting: 3,
    },
  ]);
  expect(await findProject(ground.pool, sick, '2024-12-31')).toMatchObject({
    stage: 'promoted',
    revision: 1,
    parked: { waiting: 3, error: expect.stringContaining('ProjectTeleported') },
  });
  expect(await findProject(ground.pool, well, '2024-12-31')).toMatchObject({ stage: 'proposed', parked: null });
  expect(await projectorStatus(ground.pool, ground.store)).toMatchObject({ parked: 1, eventsBehind: 0 });
});

test('data that PostgreSQL refuses is found among its batch; what comes before it in its project is kept', async () => {
  aborting.abort();
  await done;
  const ids = Array.from({ length: 9 }, () => randomUUID());
  for (const id of ids) await propose(id);
  const sick = ids[5]!;
  await append(sick, PROMOTED, TOO_MUCH, ASSIGNED);
  for (const id of ids.slice(0, 3)) await append(id, PROMOTED);
  aborting = new AbortController();
  done = project({ ...context() }, aborting.signal);
  await visible();
  expect(await listParked(ground.pool)).toMatchObject([
    { stream: `project-${sick}`, revision: 2, waiting: 2, error: expect.stringMatching(/numeric field overflow/) },
  ]);
  expect(await findProject(ground.pool, sick, '2024-12-31')).toMatchObject({ stage: 'promoted', revision: 1 });
  expect((await ground.pool.query('SELECT sum(projects)::int AS n FROM read_models.funnel')).rows[0].n).toBe(9);
});

test('a retry of what still fails leaves it parked, and a later event goes on waiting', async () => {
  const sick = randomUUID();
  await propose(sick);
  await append(sick, PROMOTED, TOO_MUCH);
  await visible();
  expect(await retryParked(context())).toMatchObject({ released: [], parked: [{ revision: 2, waiting: 1 }] });
  await append(sick, ASSIGNED);
  await visible();
  expect(await listParked(ground.pool)).toMatchObject([{ revision: 2, waiting: 2 }]);
});

test('what can be projected now is released, while the projector is at work, and goes on as if nothing had been', async () => {
  const [sick, other] = [randomUUID(), randomUUID()];
  await propose(sick);
  await propose(other);
  const upcast = jest.spyOn(projectDecider, 'upcast').mockImplementation((stored) => {
    throw new UnknownEvent(stored.type, stored.schemaVersion, 'this version does not know it');
  });
  await append(sick, PROMOTED, ASSIGNED);
  await append(other, PROMOTED);
  await visible();
  expect(await listParked(ground.pool)).toHaveLength(2);
  upcast.mockRestore();
  expect(await retryParked(context(), `project-${sick}`)).toEqual({ released: [`project-${sick}`], parked: [] });
  expect(await listParked(ground.pool)).toMatchObject([{ stream: `project-${other}` }]);
  expect(await retryParked(context())).toMatchObject({ released: [`project-${other}`] });
  await append(sick, { ...ASSIGNED, data: { occurredOn: '2024-03-01', unit: '商务局' } });
  await visible();
  expect(await findProject(ground.pool, sick, '2024-12-31')).toMatchObject({
    revision: 3,
    stage: 'promoted',
    responsibleUnit: '商务局',
    parked: null,
  });
  const before = await dump(ground.pool, LIVE);
  await rebuild(context());
  expect(await dump(ground.pool, LIVE)).toEqual(before);
});

test('a rebuild parks what it cannot project as well, in whatever batch', async () => {
  const ids = Array.from({ length: 4 }, () => randomUUID());
  for (const id of ids) await propose(id);
  await append(ids[0]!, TOO_MUCH, ASSIGNED);
  await append(ids[1]!, UNKNOWN, ASSIGNED);
  await append(ids[2]!, PROMOTED);
  await visible();
  const [before, parked] = [await dump(ground.pool, LIVE), await listParked(ground.pool)];
  await rebuild(context());
  expect(await dump(ground.pool, LIVE)).toEqual(before);
  // When each was parked, and so their order, depends on the batches.
  const without = ({ parkedAt: _, ...row }: (typeof parked)[number]) => row;
  expect(parked).toHaveLength(2);
  const again = (await listParked(ground.pool)).map(without);
  expect(again).toEqual(expect.arrayContaining(parked.map(without)));
  expect(again).toHaveLength(2);
  expect(await allEvents(ground.store)).toHaveLength(9);
});
