import { Pool } from '../postgres/pool';
import type { ImportPhase } from './import-jobs';
import { RowOutcome, RowResult } from './import-report';

/** What became of the rows of an import, phase by phase. */
export class ImportJobRows {
  constructor(private readonly pool: Pool) {}

  async clear(id: string, phase: ImportPhase): Promise<void> {
    await this.pool.query('DELETE FROM ledger_imports.rows WHERE import = $1 AND phase = $2', [id, phase]);
  }

  async add(id: string, phase: ImportPhase, results: readonly RowResult[]): Promise<void> {
    await this.pool.query(
      `INSERT INTO ledger_imports.rows (import, phase, row, outcome, result)
       SELECT $1, $2, (r ->> 'row')::int, r ->> 'outcome', r FROM jsonb_array_elements($3::jsonb) r`,
      [id, phase, JSON.stringify(results)],
    );
  }

  /** A page of rows after a row number, in the order of the file. */
  async page(
    id: string,
    phase: ImportPhase,
    { after = 0, limit, outcome }: { after?: number; limit: number; outcome?: RowOutcome },
  ): Promise<RowResult[]> {
    const { rows } = await this.pool.query<{ result: RowResult }>(
      `SELECT result FROM ledger_imports.rows
       WHERE import = $1 AND phase = $2 AND row > $3 AND ($4::text IS NULL OR outcome = $4) ORDER BY row LIMIT $5`,
      [id, phase, after, outcome, limit],
    );
    return rows.map(({ result }) => result);
  }

  async *all(id: string, phase: ImportPhase): AsyncGenerator<RowResult> {
    for (let after = 0; ;) {
      const page = await this.page(id, phase, { after, limit: 1_000 });
      yield* page;
      const last = page.at(-1);
      if (!last) return;
      after = last.row;
    }
  }
}
