import { Pool } from '../postgres/pool';
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

export declare function queryMatrix(pool: Pool, query: MatrixQuery, axes: MatrixAxes): Promise<Matrix>;
