import { Pool } from '../postgres/pool';
import { fromCents, toCents } from '../project/money';
import { CELLS_AS_OF, sourceAsOf } from './as-of';
import { AsOf, CohortFilter, Figures } from './figures';

/** Sums over cells of the funnel; money in hundredths. */
export interface CellSums {
  projects: number;
  committedCents: bigint;
  fundsCents: bigint;
  constructions: number;
  /** Projects of which only a lower bound of the commitment, or of the funds, is known. */
  atLeast: number;
  fundsAtLeast: number;
}

interface SumsRow {
  projects: string;
  committed_value: string;
  at_least: string;
  funds_received: string;
  constructions: string;
  funds_at_least: string;
}

/**
 * Sums of the cells that match a filter, grouped by the given columns of the funnel: from the live cube, or, as of a day or
 * an instant in the past, from the milestones that stood then.
 */
export async function queryCells<Key extends object>(
  pool: Pool,
  query: AsOf & { filter?: CohortFilter },
  groups: readonly string[],
): Promise<(Key & CellSums)[]> {
  const cells = sourceAsOf(query, 'read_models.funnel', CELLS_AS_OF);
  const values: unknown[] = cells.values;
  const conditions = filterConditions(query.filter ?? {}, values);
  const { rows } = await pool.query<Key & SumsRow>(
    `SELECT ${groups.join(', ')}, sum(projects) AS projects, sum(committed_value) AS committed_value,
            sum(at_least) AS at_least, sum(funds_received) AS funds_received, sum(constructions) AS constructions,
            sum(funds_at_least) AS funds_at_least
     FROM ${cells.rows} AS cells
     WHERE ${['true', ...conditions].join(' AND ')}
     GROUP BY ${groups.map((_, index) => index + 1).join(', ')}`,
    values,
  );
  return rows.map(({ projects, committed_value, at_least, funds_received, constructions, funds_at_least, ...key }) => ({
    ...(key as unknown as Key),
    projects: Number(projects),
    committedCents: toCents(committed_value),
    fundsCents: toCents(funds_received),
    constructions: Number(constructions),
    atLeast: Number(at_least),
    fundsAtLeast: Number(funds_at_least),
  }));
}

/** How each condition is written; `?` stands for its value. */
const CONDITIONS: Record<keyof CohortFilter, string> = {
  conference: 'conference = ?',
  prefecture: 'prefecture = ?',
  origin: 'origin = ?',
  cluster: 'cluster = ?',
  agreement: 'agreement = ?',
  stage: 'stage = ?',
  status: 'status = ?',
  paired: 'paired = ?',
  signedFrom: `signed_month >= (? || '-01')::date`,
  signedTo: `signed_month <= (? || '-01')::date`,
};

function filterConditions(filter: CohortFilter, values: unknown[]): string[] {
  return Object.entries(CONDITIONS).flatMap(([name, condition]) => {
    const value = filter[name as keyof CohortFilter];
    if (value === undefined) return [];
    values.push(value);
    return [condition.replace('?', `$${values.length}`)];
  });
}

export function sumFigures(cells: readonly CellSums[], currency: string): Figures {
  const sum = { projects: 0, committedCents: 0n, fundsCents: 0n, constructions: 0, atLeast: 0, fundsAtLeast: 0 };
  for (const cell of cells) {
    sum.projects += cell.projects;
    sum.committedCents += cell.committedCents;
    sum.fundsCents += cell.fundsCents;
    sum.constructions += cell.constructions;
    sum.atLeast += cell.atLeast;
    sum.fundsAtLeast += cell.fundsAtLeast;
  }
  return {
    projects: sum.projects,
    committed: { value: fromCents(sum.committedCents), currency, bound: sum.atLeast > 0 ? 'at-least' : 'exact' },
    fundsReceived: { value: fromCents(sum.fundsCents), currency, bound: sum.fundsAtLeast > 0 ? 'at-least' : 'exact' },
    constructionStarted: sum.constructions,
  };
}
