import { Figures } from '../../libs/read-models/figures';
import { Matrix, MatrixCell } from '../../libs/read-models/matrix.read-model';

/** Every pair of the matrix, row by row: the read model leaves out cells that are neither paired nor built in. */
export function allCells(matrix: Pick<Matrix, 'origins' | 'prefectures' | 'cells'>, currency: string): MatrixCell[] {
  const held = new Map(matrix.cells.map((cell) => [`${cell.origin} ${cell.prefecture}`, cell]));
  return matrix.origins.flatMap((origin) =>
    matrix.prefectures.map(
      (prefecture) => held.get(`${origin} ${prefecture}`) ?? emptyCell(origin, prefecture, currency),
    ),
  );
}

function emptyCell(origin: string, prefecture: string, currency: string): MatrixCell {
  const nothing = (): Figures => ({
    projects: 0,
    committed: { value: '0.00', currency, bound: 'exact' },
    fundsReceived: { value: '0.00', currency, bound: 'exact' },
    constructionStarted: 0,
  });
  return { origin, prefecture, paired: false, all: nothing(), investment: nothing(), intentAndFramework: nothing() };
}
