import { hintsAtUnit } from './amount-unit';
import { ENOUGH, Header, HeaderColumn } from './header';
import { namedColumn, normalised } from './header-name';
import { unclearUnit, unitAbove } from './header-unit';
import { LedgerFileError } from './ledger-file-error';
import { cellAddress, TableRow } from './table';
import { isUnit, mergedUnits, readUnits } from './unit-text';

/**
 * Whether a row below the header is the header once more, as long printed tables have it. Throws a `LedgerFileError` when it
 * names a column otherwise: the amounts below may be counted in another unit.
 */
export function isHeaderAgain(row: TableRow, header: Header): boolean {
  if (header.rows.some((written) => isSame(row, written))) return true;
  if (!isHeaderLike(row, header)) return false;
  for (const { index } of header.columns) {
    const text = row.cells[index]?.text;
    const written = header.rows.map(({ cells }) => normalised(cells[index]?.text ?? ''));
    if (text !== undefined && !written.includes(normalised(text))) {
      throw anotherHeader(cellAddress(index, row.row), text);
    }
  }
  return true;
}

function isWritten(row: TableRow, index: number, { rows }: Header): boolean {
  const text = row.cells[index]?.text;
  return rows.some(({ cells }) => cells[index]?.text === text);
}

/** Every cell of it stands in that row of the header, and not by coincidence. */
function isSame(row: TableRow, written: TableRow): boolean {
  const count = (cells: TableRow['cells']) => cells.filter((cell) => cell !== undefined).length;
  const isSubset = row.cells.every((cell, index) => !cell || cell.text === written.cells[index]?.text);
  return isSubset && count(row.cells) >= Math.min(ENOUGH, count(written.cells));
}

function isHeaderLike(row: TableRow, header: Header): boolean {
  const same = header.columns.filter(({ index }) => row.cells[index] && isWritten(row, index, header));
  return (
    same.length >= ENOUGH || identities(row, header).some((text) => !/\d/.test(text) && isIdentity(namedColumn(text)))
  );
}

/** Throws a `LedgerFileError` when a row that is no project says of amounts that they are in another unit than was read. */
export function refuseOtherUnit(row: TableRow, header: Header): void {
  const isNameless = identities(row, header).every((text) => SPEAKS_OF_UNIT.test(text));
  if (!isNameless && row.row !== header.row + 1) return;
  const amounts = header.columns.filter(({ column }) => column.kind === 'money');
  const said = amounts
    .map(({ index }) => ({ address: cellAddress(index, row.row), written: row.cells[index]?.text ?? '', texts: [] }))
    .filter(({ written }) => (isNameless ? !/\d/.test(written) && hintsAtUnit(written) : isUnit(written)));
  const [first] = said;
  if (first) throw unclearUnit(said.find(({ written }) => !isUnit(written)) ?? first);
  if (isNameless) refuseContradiction(row, amounts);
}

const SPEAKS_OF_UNIT = /单\s*位|金额|币种|元|unit|currency/i;

function refuseContradiction(row: TableRow, amounts: readonly HeaderColumn[]): void {
  const said = unitAbove([row]);
  if (said && amounts.some((column) => isContradicted(column, said.texts))) throw unclearUnit(said);
}

/** A column whose own header says the unit is not meant. */
function isContradicted({ written, unit }: HeaderColumn, texts: readonly string[]): boolean {
  const own = readUnits(namedColumn(written)?.beside ?? []);
  if (own && own !== 'unclear' && own.exponent !== undefined) return false;
  return mergedUnits({ ...unit, exponent: unit?.exponent ?? 0 }, readUnits(texts)) === 'unclear';
}

/** What stands where a row names its project. */
function identities(row: TableRow, { columns }: Header): string[] {
  return columns.filter(isIdentity).flatMap(({ index }) => row.cells[index]?.text ?? []);
}

function isIdentity(named: Pick<HeaderColumn, 'column'> | undefined): boolean {
  return named?.column.field === 'code' || named?.column.field === 'id';
}

function anotherHeader(address: string, written: string): LedgerFileError {
  return new LedgerFileError('another-header', {
    zh: `${address} 处的表头“${written}”与上面的表头不同；请把两张表分成两个文件`,
    en: `the header in ${address} "${written}" is not the one above; put the two tables into two files`,
  });
}
