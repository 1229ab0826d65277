import { AmountUnit, readUnit } from './amount-unit';
import { plain } from './cell-result';
import { ColumnField, LEDGER_COLUMNS, LedgerColumn, PASSED_OVER } from './columns';
import { LedgerFileError } from './ledger-file-error';
import { cellAddress, TableCell, TableRow } from './table';

export interface HeaderColumn {
  column: LedgerColumn;
  /** From 0. */
  index: number;
  /** As it stands in the file. */
  written: string;
  address: string;
  /** From brackets in the header or from a "单位：亿元" above the table. */
  unit?: AmountUnit;
}

export interface Header {
  sheet: string;
  /** The last row of the header. */
  row: number;
  columns: HeaderColumn[];
  /** Columns that nobody knows. */
  unknown: { address: string; written: string }[];
}

/** How many rows of a sheet are searched for the header; titles and instructions stand above it. */
export const HEADER_WITHIN = 50;

/** Fewer known columns than this are a coincidence. */
const ENOUGH = 3;

/**
 * Finds the header among the first rows of a sheet: one row, or two where cells are merged over groups of columns.
 * Throws a `LedgerFileError` when one column is there twice. Undefined when there is no header.
 */
export function findHeader(rows: readonly TableRow[]): Header | undefined {
  for (const [at, row] of rows.entries()) {
    const next = rows[at + 1];
    const double = next && isSecondRow(row, next) ? joined(row, next) : undefined;
    const header = double ?? row;
    if (knownIn(header) >= ENOUGH) return columnsOf(header, unitAbove(rows.slice(0, at)));
  }
  return undefined;
}

/** Whether a data row is the header once more, as long printed tables have it. */
export function isHeaderAgain(row: TableRow, header: Header): boolean {
  return header.columns.filter(({ index, written }) => row.cells[index]?.text === written).length >= ENOUGH;
}

interface Found {
  column?: LedgerColumn;
  /** Whether the header is the column's own, not a synonym. */
  own: boolean;
  unit?: AmountUnit;
}

function columnsOf(row: TableRow, unitAbove: AmountUnit | undefined): Header {
  const taken = new Map<ColumnField, HeaderColumn & { own: boolean }>();
  const unknown: Header['unknown'] = [];
  for (const [index, cell] of row.cells.entries()) {
    if (!cell) continue;
    const found = lookUp(cell.text);
    const place = { address: cellAddress(index, row.row), written: cell.text };
    if (found.column) {
      const unit = found.unit ?? (found.column.kind === 'money' ? unitAbove : undefined);
      const rejected = keepBest(taken, { ...place, column: found.column, own: found.own, index, unit });
      if (rejected) unknown.push(rejected);
    } else if (!isPassedOver(cell.text)) unknown.push(place);
  }
  const columns = [...taken.values()].map(({ own: _, ...column }) => column).sort((a, b) => a.index - b.index);
  return { sheet: row.sheet, row: row.row, columns, unknown };
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

/** Recognises `投资额（亿元）`, `投 资 额`, `*Investor:`, `计划投资 单位：万元`. */
function lookUp(text: string): Found {
  const whole = normalised(text);
  const direct = COLUMN_BY_HEADER.get(whole);
  if (direct) return direct;
  const bracketed = /^(.*?)[([【〔{](.*)[)\]】〕}]$/.exec(whole) ?? /^(.*?)(?:单位:|unit:|[/,:])(.*)$/.exec(whole);
  const [, name = '', inside = ''] = bracketed ?? [];
  const found = COLUMN_BY_HEADER.get(name);
  if (!found) return { own: false };
  return found.column?.kind === 'money' ? { ...found, unit: readUnit(inside) } : found;
}

const COLUMN_BY_HEADER: ReadonlyMap<string, Found> = new Map(
  LEDGER_COLUMNS.flatMap((column) => [
    ...column.synonyms.map((text): [string, Found] => [normalised(text), { column, own: false }]),
    ...[column.header.zh, column.header.en].map((text): [string, Found] => [normalised(text), { column, own: true }]),
  ]),
);

const PASSED_OVER_HEADERS = new Set(PASSED_OVER.map(normalised));

function isPassedOver(text: string): boolean {
  return PASSED_OVER_HEADERS.has(normalised(text));
}

/** Also used by tests, to see that no two columns share a header. */
export function normalised(text: string): string {
  return plain(text)
    .toLowerCase()
    .replace(/[\s\u200b*]+/g, '')
    .replace(/:$/, '');
}

function knownIn(row: TableRow): number {
  return new Set(row.cells.map((cell) => cell && lookUp(cell.text).column?.field).filter(Boolean)).size;
}

/** The second row of a header holds nothing but names of columns, most of them under groups of the first. */
function isSecondRow(first: TableRow, second: TableRow): boolean {
  const written = second.cells.filter((cell) => cell !== undefined);
  const known = written.filter((cell) => lookUp(cell.text).column ?? isPassedOver(cell.text));
  return second.row === first.row + 1 && written.length > 0 && known.length === written.length;
}

function joined(first: TableRow, second: TableRow): TableRow {
  const cells: (TableCell | undefined)[] = [];
  const width = Math.max(first.cells.length, second.cells.length);
  for (let index = 0; index < width; index++) cells[index] = second.cells[index] ?? first.cells[index];
  return { ...second, cells };
}

/** "单位：亿元" above the table counts for every amount whose column says nothing else. */
function unitAbove(rows: readonly TableRow[]): AmountUnit | undefined {
  for (const row of rows) {
    for (const cell of row.cells) {
      // "填报单位：…" is somebody's office, and no unit of money.
      for (const [, word = ''] of plain(cell?.text ?? '').matchAll(/(?:单位|unit):\s*([^\s,;()[\]【】]+)/gi)) {
        const unit = readUnit(word);
        if (unit) return unit;
      }
    }
  }
  return undefined;
}
