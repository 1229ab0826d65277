import { Pool } from '../postgres/pool';
import { ProjectState } from '../project/state';
import { filterConditions, ProjectFilter } from './projects.query';

const PAGE = 1_000;

/**
 * The states of all projects that match, by date of proposal. Which ones is settled at the start; their states are pulled
 * page by page as they are then, so that no transaction stays open for a slow reader and no more than a page is in memory.
 */
export async function* projectStates(
  pool: Pool,
  filter: ProjectFilter,
): AsyncGenerator<{ id: string; state: ProjectState }> {
  const values: unknown[] = [];
  const conditions = filterConditions(filter, values).join(' AND ') || 'true';
  const { rows: found } = await pool.query<[string]>({
    text: `SELECT id FROM read_models.projects AS project WHERE ${conditions} ORDER BY proposed_on, code, id`,
    values,
    rowMode: 'array',
  });
  for (let start = 0; start < found.length; start += PAGE) {
    const ids = found.slice(start, start + PAGE).map(([id]) => id);
    const { rows } = await pool.query<{ id: string; state: ProjectState }>(
      `SELECT id, state FROM read_models.projects JOIN unnest($1::uuid[]) WITH ORDINALITY AS wanted (id, place) USING (id)
       ORDER BY place`,
      [ids],
    );
    yield* rows;
  }
}
