import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { attempts } from '../../test/support/random-projects';
import { ACTOR, allEvents, Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { statesAt } from '../../test/support/states-as-of';
import { conferenceDecider } from '../conference/decider';
import { CommandHandler } from '../event-store/command-handler';
import { RecordedEvent } from '../event-store/event-store';
import { Milestone } from '../project/events';
import { agreementOf, commitment, firstSigning, fundsReceived, signatory } from '../project/figures';
import { Money, sumMoney } from '../project/money';
import { ProjectState } from '../project/state';
import { ConferencePage, findConference, listConferences } from './conferences.read-model';
import { AsOf } from './figures';
import { createGeneration, currentVersions, LIVE } from './generation';
import { Projection } from './projection';

const CONFERENCES = ['karamay-2024', 'kashgar-2024', 'hotan-2024'];
const CONTEXT = { currency: 'CNY', pairsOn: () => 266 };

let ground: Ground;
let events: RecordedEvent[];

beforeAll(async () => {
  ground = await openGround();
  const handler = new CommandHandler(ground.store, conferenceDecider, PROGRAMME);
  for (const id of CONFERENCES) {
    const data = { name: id, place: '会展中心', opensOn: '2024-01-01', closesOn: '2024-01-02', organisers: ['商务厅'] };
    const commands = [{ type: 'OpenConference' as const, data }];
    await handler.handle({ stream: `conference-${id}`, commands, actor: ACTOR, commandId: id });
  }
  const recorder = new Recorder(ground.store);
  for (const drawn of fc.sample(attempts(5, 80), { numRuns: 12, seed: 2024 })) {
    await recorder.play(
      drawn,
      Array.from({ length: 5 }, () => randomUUID()),
    );
  }
  const all = await allEvents(ground.store);
  const client = await ground.pool.connect();
  const generation = { schema: LIVE, storeId: ground.store.storeId, versions: currentVersions(PROGRAMME), total: 0 };
  await createGeneration(client, generation).finally(() => client.release());
  expect(await (await Projection.open(ground.projections, LIVE, PROGRAMME))!.apply(all)).toBe('written');
  events = all.filter(({ stream }) => stream.startsWith('project-'));
});

afterAll(() => ground.close());

test.each(CONFERENCES.slice(0, 2))(
  'the figures of %s are those counted from the states, and not nothing',
  async (id) => {
    const page = await pageOf(id, {});
    expect(page).toEqual(count(statesAt(events, {}), id));
    expect(page.agreements.all.projects).toBeGreaterThan(5);
    expect(page.since.landed.projects).toBeGreaterThan(0);
    expect(await pageOf(id, { validOn: '2999-12-31' })).toEqual(page);
    expect(await pageOf(id, { knownAt: '2999-12-31T00:00:00Z' })).toEqual(page);
  },
);

test('as of any day and instant they equal those counted from what had happened and was recorded by then', async () => {
  const days = fc
    .integer({ min: 0, max: 250 })
    .map((day) => new Date(Date.UTC(2024, 0, day)).toISOString().slice(0, 10));
  const corrections = events.filter(({ type }) => type === 'MilestoneCorrected' || type === 'MilestoneRevoked');
  const instants = fc.constantFrom(...events, ...corrections).map(({ metadata }) => metadata.recordedAt);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CONFERENCES),
      fc.option(days, { nil: undefined }),
      fc.option(instants, { nil: undefined }),
      async (id, validOn, knownAt) => {
        const asOf = { validOn, knownAt };
        const counted = count(statesAt(events, asOf), id);
        expect(await pageOf(id, asOf)).toEqual(counted);
        const list = await listConferences(ground.pool, 'CNY', asOf);
        expect(list.map((one) => one.id).toSorted()).toEqual(CONFERENCES.toSorted());
        expect(list.find((one) => one.id === id)!.signed).toEqual(counted.agreements.all);
      },
    ),
    { numRuns: 150 },
  );
});

async function pageOf(id: string, asOf: AsOf): Promise<Pick<ConferencePage, 'agreements' | 'since' | 'prefectures'>> {
  const { agreements, since, prefectures, signed } = (await findConference(ground.pool, id, CONTEXT, asOf))!;
  expect(signed).toEqual(agreements.all);
  return { agreements, since, prefectures };
}

/** The same by hand. */
function count(all: readonly ProjectState[], conference: string): Awaited<ReturnType<typeof pageOf>> {
  const states = all.filter((state) => firstSigning(state)?.conference === conference);
  const sum = (amounts: (Money | undefined)[]) =>
    sumMoney(
      amounts.flatMap((amount) => amount ?? []),
      'CNY',
    );
  const signed = (...agreements: string[]) => {
    const some = states.filter((state) => agreements.includes(firstSigning(state)!.agreement!));
    const firms = new Set(some.map(signatory)).size;
    return { firms, projects: some.length, amount: sum(some.map((state) => firstSigning(state)!.amount)) };
  };
  const since = (matches: (state: ProjectState) => boolean) => {
    const some = states.filter(matches);
    return { projects: some.length, committed: sum(some.map(commitment)) };
  };
  const has = (state: ProjectState, wanted: Milestone) =>
    state.milestones.some(({ milestone }) => milestone === wanted);
  const places = Map.groupBy(states, ({ proposal }) => proposal.prefecture);
  const prefectures = [...places].map(([prefecture, built]) => ({ prefecture, projects: built.length }));
  return {
    agreements: {
      investment: signed('investment'),
      intent: signed('intent'),
      framework: signed('framework'),
      intentAndFramework: signed('intent', 'framework'),
      all: signed('investment', 'intent', 'framework'),
    },
    since: {
      upgraded: since(
        (state) => firstSigning(state)!.agreement !== 'investment' && agreementOf(state) === 'investment',
      ),
      landed: since((state) => has(state, 'landed')),
      underConstruction: since(
        (state) => has(state, 'construction-started') && !has(state, 'operating') && state.status !== 'terminated',
      ),
      operating: since((state) => has(state, 'operating')),
      suspended: since(({ status }) => status === 'suspended'),
      terminated: since(({ status }) => status === 'terminated'),
      fundsReceived: sum(states.map((state) => fundsReceived(state, 'CNY'))),
    },
    prefectures: prefectures.sort((a, b) => b.projects - a.projects || (a.prefecture < b.prefecture ? -1 : 1)),
  };
}
