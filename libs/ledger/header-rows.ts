import { plain } from './cell-result';
import { isPassedOver, namedColumn } from './header-name';
import { UnitText } from './header-unit';
import { cellAddress, TableCell, TableRow } from './table';
import { isUnit, withoutOthers } from './unit-text';

/**
 * The second row of a header holds nothing but names of columns, most of them under groups of the first, and units. Where it
 * says the unit of an amount, it may also say how the other columns are filled in: `（年/月/日）`.
 */
export function isSecondRow(first: TableRow, second: TableRow): boolean {
  if (second.row !== first.row + 1) return false;
  const written = [...second.cells.entries()].flatMap(([index, cell]) => (cell ? [{ index, cell }] : []));
  const saysUnit = written.some(({ index, cell }) => isAmount(first.cells[index]) && isUnit(cell.text));
  return (
    written.length > 0 &&
    written.every(({ index, cell }) => {
      if (isName(cell.text) || (first.cells[index] !== undefined && isUnit(cell.text))) return true;
      return saysUnit && !isAmount(first.cells[index]) && isHint(cell);
    })
  );
}

function isName(text: string): boolean {
  return namedColumn(text) !== undefined || isPassedOver(text);
}

function isAmount(cell: TableCell | undefined): boolean {
  return cell !== undefined && namedColumn(cell.text)?.column.kind === 'money';
}

function isHint({ kind, text }: TableCell): boolean {
  return kind === 'text' && text.length <= LONGEST_HINT && !/\d{2}/.test(text);
}

const LONGEST_HINT = 20;

/** A unit is joined to the name above it. */
export function joined(first: TableRow, second: TableRow): TableRow {
  const width = Math.max(first.cells.length, second.cells.length);
  const cells = Array.from({ length: width }, (_, index): TableCell | undefined => {
    const [upper, lower] = [first.cells[index], second.cells[index]];
    if (!upper || !lower || isName(lower.text)) return lower ?? upper;
    return isUnit(lower.text) ? { ...upper, text: `${upper.text} (${lower.text})` } : upper;
  });
  return { ...second, cells };
}

/** What stands over a column. */
export interface Group extends UnitText {
  /** What it calls the columns under it; a title calls them nothing. */
  name?: string;
}

type Groups = readonly (Group | undefined)[];

/** What stands over each column of a second row: the text of a group stands over its first, and nothing over the others. */
export function groupsOver(first: TableRow, second: TableRow): Groups {
  // A column that is merged over both rows is no group.
  return spread(first, second, (index) => second.cells[index] !== undefined);
}

/** The same where a row of groups names no column. It may be a title as well, of which what stands in brackets counts. */
export function groupsAbove(above: TableRow | undefined, header: TableRow): Groups {
  if (above?.row !== header.row - 1 || above.cells.filter((cell) => cell !== undefined).length < 2) return [];
  return spread(above, header, () => true).map((group) => {
    if (!group) return undefined;
    const texts = [...group.written.matchAll(BRACKETS)].map(([, inside = '']) => inside);
    return { ...group, texts, name: isTitle(group) ? undefined : group.name };
  });
}

/** What begins the row, a date, or something with a colon: `2024年6月`, `单位：万元`. */
function isTitle({ address, written }: Group): boolean {
  return /^A\d/.test(address) || /[:：]|\d[月日]/.test(written);
}

const BRACKETS = /[（(【〔[{]([^（(【〔[{]*)[)）】〕\]}]/g;

// What is said beyond that is nobody's unit.
const LONGEST = 200;

function spread(first: TableRow, second: TableRow, isGroup: (index: number) => boolean): Groups {
  let group: Group | undefined;
  return Array.from(second.cells, (_, index) => {
    const written = first.cells[index]?.text.slice(0, LONGEST);
    const address = cellAddress(index, first.row);
    if (written === undefined) return group;
    const texts = [withoutOthers(plain(written))];
    group = isGroup(index) ? { address, written, texts, name: written } : undefined;
    return group;
  });
}
