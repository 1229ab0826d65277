import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { attempts, proposalOf } from '../../test/support/random-projects';
import { statesAt } from '../../test/support/states-as-of';
import { allEvents, cut, dump, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { RecordedEvent } from '../event-store/event-store';
import { ProjectCommand } from '../project/commands';
import { STAGES } from '../project/events';
import { ProjectState } from '../project/state';
import { countProject } from './counted-project';
import { AsOf } from './figures';
import { FUNNEL_DIMENSIONS, queryFunnel } from './funnel.read-model';
import { createGeneration, currentVersions, GenerationSchema, LIVE, NEXT } from './generation';
import { Projection } from './projection';

let ground: Ground;
let recorder: Recorder;

beforeAll(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  await create(LIVE);
});

afterAll(() => ground.close());

test('however events are cut into batches, and whatever is remembered, read models equal a fold from scratch', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(attempts(5, 60), sizes, async (drawn, lengths) => {
      await record(drawn);
      let projection = await open(LIVE);
      for (const [turn, batch] of cut(await eventsAfter(projection.position), lengths).entries()) {
        // Sometimes another process goes on, which remembers nothing.
        if (turn % 3 === 2) projection = await open(LIVE);
        expect(await projection.apply(batch)).toBe('written');
      }
      await create(NEXT);
      expect(await (await open(NEXT)).apply(await allEvents(ground.store))).toBe('written');
      expect(await dump(ground.pool, LIVE)).toEqual(await dump(ground.pool, NEXT));
    }),
    { numRuns: 25 },
  );
});

describe('figures', () => {
  let events: RecordedEvent[];

  beforeAll(async () => {
    for (const drawn of fc.sample(attempts(5, 80), { numRuns: 10, seed: 2024 })) await record(drawn);
    await recordCorrections();
    const rest = await eventsAfter((await open(LIVE)).position);
    if (rest.length > 0) await (await open(LIVE)).apply(rest);
    events = await allEvents(ground.store);
  });

  test('of the cube equal those counted from the states', async () => {
    expect(await figures({})).toEqual(count(statesAt(events, {})));
    expect(count(statesAt(events, {})).projects).toBeGreaterThan(50);
  });

  test.each([undefined, ...FUNNEL_DIMENSIONS])(
    'are the same from the cube and from the milestones, by %s',
    async (by) => {
      const live = await queryFunnel(ground.pool, { by }, 'CNY');
      expect(await queryFunnel(ground.pool, { by, validOn: '2999-12-31' }, 'CNY')).toEqual(live);
      expect(await queryFunnel(ground.pool, { by, knownAt: '2999-12-31T00:00:00Z' }, 'CNY')).toEqual(live);
    },
  );

  test('as of any day and instant equal those counted from what had happened and was recorded by then', async () => {
    const days = fc
      .integer({ min: 0, max: 250 })
      .map((day) => new Date(Date.UTC(2024, 0, day)).toISOString().slice(0, 10));
    const corrections = events.filter(({ type }) => type === 'MilestoneCorrected' || type === 'MilestoneRevoked');
    const instants = fc
      .constantFrom(...events, ...corrections, ...corrections)
      .map(({ metadata }) => metadata.recordedAt);
    await fc.assert(
      fc.asyncProperty(
        fc.option(days, { nil: undefined }),
        fc.option(instants, { nil: undefined }),
        async (validOn, knownAt) => {
          expect(await figures({ validOn, knownAt })).toEqual(count(statesAt(events, { validOn, knownAt })));
        },
      ),
      { numRuns: 150 },
    );
  });
});

async function record(drawn: Parameters<Recorder['play']>[0]): Promise<void> {
  const ids = Array.from({ length: 5 }, () => randomUUID());
  await recorder.play(drawn, ids);
}

/** What chance seldom brings together: corrections of what has been revised since, and of receipts. */
async function recordCorrections(): Promise<void> {
  const yuan = (value: string) => ({ value, currency: 'CNY', bound: 'exact' as const });
  const [id, reason] = [randomUUID(), '更正'];
  const commands: ProjectCommand[] = [
    { type: 'Propose', data: proposalOf(1) },
    { type: 'SignIntent', data: { occurredOn: '2024-02-01', agreement: 'intent', amount: yuan('100') } },
    { type: 'ReviseCommitment', data: { occurredOn: '2024-02-10', amount: yuan('110'), reason } },
    { type: 'CorrectMilestone', data: { milestone: 'intent-signed', correctedAmount: yuan('90'), reason } },
    { type: 'SignInvestment', data: { occurredOn: '2024-03-01', amount: yuan('200') } },
    { type: 'ReviseCommitment', data: { occurredOn: '2024-03-10', amount: yuan('220'), reason } },
    { type: 'ReceiveFunds', data: { occurredOn: '2024-03-11', amount: yuan('10') } },
    { type: 'CorrectMilestone', data: { milestone: 'funds-received', correctedAmount: yuan('11'), reason } },
    { type: 'CorrectMilestone', data: { milestone: 'investment-signed', correctedAmount: yuan('190'), reason } },
    { type: 'RevokeMilestone', data: { milestone: 'funds-received', reason } },
    { type: 'ReceiveFunds', data: { occurredOn: '2024-03-12', amount: { ...yuan('12'), bound: 'at-least' } } },
    { type: 'CorrectMilestone', data: { milestone: 'funds-received', correctedAmount: yuan('12'), reason } },
    { type: 'RevokeMilestone', data: { milestone: 'funds-received', reason } },
    { type: 'RevokeMilestone', data: { milestone: 'investment-signed', reason } },
  ];
  for (const command of commands) expect(await recorder.record(id, command)).toBeDefined();
}

async function eventsAfter(position: string | undefined): Promise<RecordedEvent[]> {
  const events = [];
  for await (const batch of ground.store.readAll({ after: position })) events.push(...batch);
  return events;
}

async function create(schema: GenerationSchema): Promise<void> {
  await ground.pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  const client = await ground.pool.connect();
  const generation = { schema, storeId: ground.store.storeId, versions: currentVersions(PROGRAMME), total: 0 };
  await createGeneration(client, generation).finally(() => client.release());
}

async function open(schema: GenerationSchema): Promise<Projection> {
  const projection = await Projection.open(ground.projections, schema, PROGRAMME);
  if (!projection) throw new Error(`${schema} was not created`);
  return projection;
}

function count(states: readonly ProjectState[]) {
  const projects = states.map((state) => countProject(state, PROGRAMME));
  const sum = (values: string[]) => values.reduce((total, value) => total + BigInt(value.replace('.', '')), 0n);
  return {
    projects: projects.length,
    committed: sum(projects.map(({ committed }) => committed?.value ?? '0.00')),
    isExact: !projects.some(({ committed }) => committed?.bound === 'at-least'),
    funds: sum(projects.map(({ fundsReceived }) => fundsReceived.value)),
    constructions: projects.filter(({ constructionStarted }) => constructionStarted).length,
    stages: STAGES.map((stage) => {
      const standing = projects.filter((project) => project.stage === stage);
      return [standing.length, standing.some(({ fundsReceived }) => fundsReceived.bound === 'at-least')];
    }),
    terminated: projects.filter(({ status }) => status === 'terminated').length,
    suspended: projects.filter(({ status }) => status === 'suspended').length,
    investment: projects.filter(({ agreement }) => agreement === 'investment').length,
    karamay: projects.filter(({ conference }) => conference === 'karamay-2024').length,
    paired: projects.filter(({ paired }) => paired).length,
  };
}

async function figures(asOf: AsOf): Promise<ReturnType<typeof count>> {
  const ask = async (filter: object) => (await queryFunnel(ground.pool, { ...asOf, filter }, 'CNY'))[0]!;
  const { total, stages, statuses, agreements } = await ask({});
  return {
    projects: total.projects,
    committed: BigInt(total.committed.value.replace('.', '')),
    isExact: total.committed.bound === 'exact',
    funds: BigInt(total.fundsReceived.value.replace('.', '')),
    constructions: total.constructionStarted,
    stages: stages.map(({ standing }) => [standing.projects, standing.fundsReceived.bound === 'at-least']),
    terminated: statuses.terminated.projects,
    suspended: statuses.suspended.projects,
    investment: agreements.investment.projects,
    karamay: (await ask({ conference: 'karamay-2024' })).total.projects,
    paired: (await ask({ paired: true })).total.projects,
  };
}
