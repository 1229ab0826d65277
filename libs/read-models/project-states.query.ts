import { Pool } from '../postgres/pool';
import { ProjectState } from '../project/state';
import { listProjects, ProjectFilter } from './projects.query';

const PAGE = 1_000;

/**
 * The states of all projects that match, by date of proposal; pulled page by page, so that any number of them needs the
 * memory of one page. A project that is recorded or changed meanwhile appears as it is when its page is read.
 */
export async function* projectStates(
  pool: Pool,
  filter: ProjectFilter,
): AsyncGenerator<{ id: string; state: ProjectState }> {
  let cursor: string | undefined;
  do {
    // The day matters only to a figure that is not used here.
    const query = { filter, sort: 'proposedOn', limit: PAGE, cursor, today: '1970-01-01' } as const;
    const page = await listProjects(pool, query);
    const { rows } = await pool.query<{ id: string; state: ProjectState }>(
      `SELECT id, state FROM read_models.projects JOIN unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place) USING (id)
       ORDER BY place`,
      [page.items.map(({ id }) => id)],
    );
    yield* rows;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
