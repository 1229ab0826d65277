import { UnitWords } from './amount-unit';
import { ColumnField, LedgerColumn } from './columns';
import { isAnotherUnder, isPassedOver, isUnitColumn, NamedColumn, namedColumn } from './header-name';
import { Group, groupsAbove, groupsOver, isSecondRow, joined } from './header-rows';
import { unitAbove, unitFrom } from './header-unit';
import { LedgerFileError } from './ledger-file-error';
import { cellAddress, TableRow } from './table';

export interface HeaderColumn {
  column: LedgerColumn;
  /** From 0. */
  index: number;
  /** As it stands in the file. */
  written: string;
  address: string;
  /** From the header, the group above it, or a "单位：亿元" above the table. */
  unit?: UnitWords;
}

export interface Header {
  sheet: string;
  /** The last row of the header. */
  row: number;
  /** Its one or two rows as they are written. */
  rows: readonly TableRow[];
  columns: HeaderColumn[];
  /** The column that says for each row in which unit or currency its amounts are, from 0. */
  unitIndex?: number;
  /** Columns that nobody knows. */
  unknown: { address: string; written: string }[];
}

/** How many rows of a sheet are searched for the header; titles and instructions stand above it. */
export const HEADER_WITHIN = 50;

/** And how many of its columns. */
const WIDEST = 500;

/** Fewer known columns than this are a coincidence. */
export const ENOUGH = 3;

/**
 * Finds the header among the first rows of a sheet: one row, or two where cells are merged over groups of columns, or units
 * stand below. Throws a `LedgerFileError` when one column is there twice, or the unit of an amount cannot be told.
 * Undefined when there is no header.
 */
export function findHeader(all: readonly TableRow[]): Header | undefined {
  const rows = all.map((row) => ({ ...row, cells: row.cells.slice(0, WIDEST) }));
  for (const [at, row] of rows.entries()) {
    if (knownIn(row) === 0) continue;
    const next = rows[at + 1];
    const second = next && isSecondRow(row, next) ? next : undefined;
    const header = second ? joined(row, second) : row;
    if (knownIn(header) < ENOUGH) continue;
    const over = [second && groupsOver(row, second), groupsAbove(rows[at - 1], row)];
    const columns = columnsOf(header, (index) => [
      ...over.map((groups) => groups?.[index]),
      unitAbove(rows.slice(0, at)),
    ]);
    return { ...columns, rows: second ? [row, second] : [row] };
  }
  return undefined;
}

/** `over` gives what stands over a column and may say its unit or that it is another one, the nearest first. */
function columnsOf(row: TableRow, over: (index: number) => (Group | undefined)[]): Omit<Header, 'rows'> {
  const taken = new Map<ColumnField, HeaderColumn & { own: boolean }>();
  const unknown: Header['unknown'] = [];
  const unitIndex = row.cells.findIndex((cell) => cell && isUnitColumn(cell.text));
  for (const [index, cell] of row.cells.entries()) {
    if (!cell) continue;
    const found = columnUnder(cell.text, over(index));
    const place = { address: cellAddress(index, row.row), written: cell.text };
    if (found) {
      const { column, own, beside } = found;
      const unit = column.kind === 'money' ? unitFrom([{ ...place, texts: beside }, ...over(index)]) : undefined;
      const rejected = keepBest(taken, { ...place, column, own, index, unit });
      if (rejected) unknown.push(rejected);
    } else if (index !== unitIndex && !isPassedOver(cell.text)) unknown.push(place);
  }
  const columns = [...taken.values()].map(({ own: _, ...column }) => column).sort((a, b) => a.index - b.index);
  return { sheet: row.sheet, row: row.row, columns, unknown, ...(unitIndex >= 0 && { unitIndex }) };
}

function columnUnder(text: string, over: readonly (Group | undefined)[]): NamedColumn | undefined {
  const found = namedColumn(text);
  return found && over.some((group) => group?.name && isAnotherUnder(group.name, found.column)) ? undefined : found;
}

/** A column under its own name comes before one under a synonym, which is then unknown; two alike are an error. */
function keepBest(
  taken: Map<ColumnField, HeaderColumn & { own: boolean }>,
  candidate: HeaderColumn & { own: boolean },
): { address: string; written: string } | undefined {
  const { field } = candidate.column;
  const rival = taken.get(field);
  if (rival && rival.own === candidate.own) throw twice(rival, candidate);
  if (!rival || candidate.own) {
    taken.set(field, candidate);
    return rival && { address: rival.address, written: rival.written };
  }
  return { address: candidate.address, written: candidate.written };
}

function twice(first: HeaderColumn, second: HeaderColumn): LedgerFileError {
  const { zh, en } = first.column.header;
  const both = [first, second].map((each) => `${each.address} “${each.written}”`);
  return new LedgerFileError('duplicate-column', {
    zh: `“${zh}”一列出现了两次：${both.join('、')}`,
    en: `the column "${en}" is there twice: ${both.join(' and ')}`,
  });
}

function knownIn(row: TableRow): number {
  return new Set(row.cells.map((cell) => cell && namedColumn(cell.text)?.column.field).filter(Boolean)).size;
}
