import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Attempt, attempts, commandOf, proposalOf } from '../../test/support/random-projects';
import { Ground, openGround, PROGRAMME, Recorder } from '../../test/support/read-models';
import { createGeneration, currentVersions, LIVE } from './generation';
import { Projection } from './projection';
import { listProjects, PROJECT_SORTS, ProjectListQuery, ProjectSort, ProjectView } from './projects.query';

const TODAY = '2024-12-31';
/** Projects that are there when somebody begins to turn pages, and that may come meanwhile. */
const PROJECTS = { first: 12, later: 3 };

let ground: Ground;
let recorder: Recorder;
let projection: Projection;
let walk = 0;
let ids: string[];
let laterIds: string[];

beforeAll(async () => {
  ground = await openGround();
  recorder = new Recorder(ground.store);
  const client = await ground.pool.connect();
  const generation = { schema: LIVE, storeId: ground.store.storeId, versions: currentVersions(PROGRAMME), total: 0 };
  await createGeneration(client, generation).finally(() => client.release());
  projection = (await Projection.open(ground.projections, LIVE, PROGRAMME))!;
});

afterAll(() => ground.close());

const VALUES: Record<ProjectSort, (view: ProjectView) => string> = {
  code: ({ code }) => code ?? '',
  title: ({ title }) => title,
  committed: ({ committed }) => committed?.value ?? '',
  stageSince: ({ stageSince }) => stageSince,
  lastActivityAt: ({ lastActivityAt }) => lastActivityAt,
};

const turning = fc.record({
  limit: fc.integer({ min: 1, max: 5 }),
  between: fc.array(attempts(PROJECTS.first + PROJECTS.later, 6)),
});

test('in the default order every project is shown once, whatever is recorded while pages are turned', async () => {
  await fc.assert(
    fc.asyncProperty(turning, async ({ limit, between }) => {
      const { seen } = await turnPages({ limit }, between);
      for (const id of ids) expect(timesSeen(seen, id)).toBe(1);
      for (const id of laterIds) expect(timesSeen(seen, id)).toBeLessThanOrEqual(1);
    }),
    { numRuns: 20 },
  );
});

describe.each(PROJECT_SORTS)('by %s', (sort) => {
  test.each([false, true])(
    '(descending: %s) what keeps its value is shown once, others as is promised',
    async (descending) => {
      await fc.assert(
        fc.asyncProperty(turning, async ({ limit, between }) => {
          const { seen, values } = await turnPages({ sort, descending, limit }, between);
          for (const id of ids) {
            const times = timesSeen(seen, id);
            const stayed = values.get(id)!.size === 1;
            if (stayed || sort === 'code' || sort === 'title') expect(times).toBe(1);
            if (sort === 'lastActivityAt' && !descending) expect(times).toBeGreaterThanOrEqual(1);
            if (sort === 'lastActivityAt' && descending) expect(times).toBeLessThanOrEqual(1);
          }
        }),
        { numRuns: 10 },
      );
    },
  );
});

/** Turns all pages; after each, something is recorded. `values`: which values of the sort each project has had meanwhile. */
async function turnPages(query: Omit<ProjectListQuery, 'today' | 'filter'>, between: readonly Attempt[][]) {
  await begin();
  const sort = query.sort ?? 'code';
  const filter = { q: `walk ${walk}.` };
  const seen: string[] = [];
  const values = new Map(ids.map((id) => [id, new Set<string>()]));
  const writes = [...between];
  let cursor: string | undefined;
  do {
    const whole = await listProjects(ground.pool, { filter, limit: 1000, today: TODAY });
    for (const view of whole.items) values.get(view.id)?.add(VALUES[sort](view));
    const page = await listProjects(ground.pool, { ...query, filter, cursor, today: TODAY });
    seen.push(...page.items.map(({ id }) => id));
    cursor = page.next ?? undefined;
    await record(writes.shift() ?? []);
  } while (cursor);
  return { seen, values };
}

async function begin(): Promise<void> {
  walk += 1;
  ids = Array.from({ length: PROJECTS.first }, () => randomUUID());
  laterIds = Array.from({ length: PROJECTS.later }, () => randomUUID());
  for (const [serial, id] of ids.entries()) await recorder.record(id, proposal(serial));
  await project();
}

/** Some have the same title; some have no code. */
function proposal(serial: number) {
  const data = { ...proposalOf(serial), title: `walk ${walk}. ${serial % 5}` };
  const code = serial % 3 ? `${walk}-${(serial * 7) % 10}-${serial}` : undefined;
  return { type: 'Propose', data: { ...data, ...(code && { code }) } } as const;
}

async function record(drawn: readonly Attempt[]): Promise<void> {
  for (const attempt of drawn) {
    const id = [...ids, ...laterIds][attempt.project]!;
    const state = recorder.states.get(id);
    await recorder.record(id, state ? commandOf(attempt, state) : proposal(attempt.project));
  }
  await project();
}

async function project(): Promise<void> {
  for await (const batch of ground.store.readAll({ after: projection.position })) {
    expect(await projection.apply(batch)).toBe('written');
  }
}

function timesSeen(seen: readonly string[], wanted: string): number {
  return seen.filter((id) => id === wanted).length;
}
