import { Pool } from '../postgres/pool';
import { Agreement } from '../project/events';
import { CellSums, queryCells, sumFigures } from './cells';
import { AsOf, CohortFilter, Figures } from './figures';

export interface MatrixCell {
  origin: string;
  prefecture: string;
  /** Whether the programme pairs the two on the day asked for; what counts for a project's figures is the day of its signing. */
  paired: boolean;
  /** All projects, and of these the signed ones by the column they count in. */
  all: Figures;
  investment: Figures;
  intentAndFramework: Figures;
}

export interface Matrix {
  /** Codes in the order given, followed by codes that occur in projects but not in the lists given. */
  origins: string[];
  prefectures: string[];
  /** Only cells that are paired or hold a project; row by row. */
  cells: MatrixCell[];
  /** By whether each project was inside its pairing at its signing (before that: its proposal). */
  insidePairing: Figures;
  outsidePairing: Figures;
  total: Figures;
}

export interface MatrixQuery extends AsOf {
  filter?: CohortFilter;
}

/** The programme's axes on the day of the question. */
export interface MatrixAxes {
  origins: readonly string[];
  prefectures: readonly string[];
  isPaired(origin: string, prefecture: string): boolean;
  currency: string;
}

interface MatrixRow {
  origin: string;
  prefecture: string;
  paired: boolean;
  agreement: Agreement | null;
}

/** A query over the cube of the funnel: it has no table of its own. */
export async function queryMatrix(pool: Pool, query: MatrixQuery, axes: MatrixAxes): Promise<Matrix> {
  const rows = await queryCells<MatrixRow>(pool, query, ['origin', 'prefecture', 'paired', 'agreement']);
  const origins = withOthers(axes.origins, rows, ({ origin }) => origin);
  const prefectures = withOthers(axes.prefectures, rows, ({ prefecture }) => prefecture);
  const byCell = Map.groupBy(rows, ({ origin, prefecture }) => `${origin} ${prefecture}`);
  const cells = origins.flatMap((origin) =>
    prefectures.flatMap((prefecture) => {
      const held = byCell.get(`${origin} ${prefecture}`) ?? [];
      const paired = axes.isPaired(origin, prefecture);
      return paired || held.length > 0 ? [{ origin, prefecture, paired, ...cellFigures(held, axes.currency) }] : [];
    }),
  );
  return {
    origins,
    prefectures,
    cells,
    insidePairing: sumFigures(
      rows.filter(({ paired }) => paired),
      axes.currency,
    ),
    outsidePairing: sumFigures(
      rows.filter(({ paired }) => !paired),
      axes.currency,
    ),
    total: sumFigures(rows, axes.currency),
  };
}

function withOthers(
  known: readonly string[],
  rows: readonly MatrixRow[],
  codeOf: (row: MatrixRow) => string,
): string[] {
  const others = rows.map(codeOf).filter((code) => !known.includes(code));
  return [...known, ...[...new Set(others)].sort()];
}

function cellFigures(rows: readonly (MatrixRow & CellSums)[], currency: string) {
  return {
    all: sumFigures(rows, currency),
    investment: sumFigures(
      rows.filter(({ agreement }) => agreement === 'investment'),
      currency,
    ),
    intentAndFramework: sumFigures(
      rows.filter(({ agreement }) => agreement === 'intent' || agreement === 'framework'),
      currency,
    ),
  };
}
