import { Readable } from 'node:stream';
import { CellFormat } from './cell-format';
import { LedgerFileError } from './ledger-file-error';
import { numberCell, serialDate } from './number-cell';
import { LONGEST_ROW, MOST_COLUMNS, TableCell, TableRow } from './table';
import { textCell } from './text-cell';
import { gatherText, unescapeText } from './workbook-parts';
import { lengthened, readXml } from './xml-reader';
import { damaged } from './zip-parts';

/** What cells refer to outside their sheet. */
export interface SheetContext {
  sheet: string;
  strings: readonly string[];
  formats: readonly CellFormat[];
  date1904: boolean;
  longestCell: number;
  onBytes?: (bytes: number) => void;
  /** Ranges that are merged over several rows. */
  onMerged?: (range: string) => unknown;
}

/** The rows of a sheet in which anything is written, in order. Hidden rows are read like all others. */
export async function* readSheetRows(stream: Readable, context: SheetContext): AsyncGenerator<TableRow> {
  const finished: TableRow[] = [];
  const handler = sheetHandler(context, (row) => finished.push(row));
  for await (const bytes of readXml(stream, handler)) {
    context.onBytes?.(bytes);
    yield* finished.splice(0);
  }
  yield* finished.splice(0);
}

interface OpenCell {
  column: number;
  type: string;
  style: number;
  formula: boolean;
  value?: string;
}

const LAST_ROW = 1_048_576;

function sheetHandler(context: SheetContext, done: (row: TableRow) => void) {
  let row: TableRow = { sheet: context.sheet, row: 0, cells: [] };
  let cell: OpenCell | undefined;
  let inValue = false;
  let nextColumn = 0;
  let rowLength = 0;
  let value = '';
  const inline = gatherText((text) => (value = text));

  const openRow = (attributes: Record<string, string>) => {
    const number = attributes.r === undefined ? row.row + 1 : Number(attributes.r);
    if (!(number > row.row && number <= LAST_ROW)) throw damaged(new Error(`row ${attributes.r} is out of order`));
    row = { sheet: context.sheet, row: number, cells: [] };
    nextColumn = 0;
    rowLength = 0;
    if (attributes.hidden === '1' || attributes.hidden === 'true') row.hidden = true;
  };
  const openCell = (attributes: Record<string, string>) => {
    const column = attributes.r === undefined ? nextColumn : columnOf(attributes.r);
    if (!(column >= 0 && column < MOST_COLUMNS)) throw damaged(new Error(`cell ${attributes.r} does not exist`));
    nextColumn = column + 1;
    cell = { column, type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), formula: false };
  };
  const closeCell = (closed: OpenCell) => {
    const read = readCell(closed, context);
    if (read) row.cells[closed.column] = read;
    rowLength += read?.text.length ?? 0;
    if (rowLength > LONGEST_ROW) throw rowTooLong(row.row);
    cell = undefined;
  };

  const open: Record<string, (attributes: Record<string, string>) => void> = {
    row: openRow,
    mergeCell: ({ ref = '' }) => isOverRows(ref) && context.onMerged?.(ref),
    c: openCell,
    f: () => {
      if (cell) cell.formula = true;
    },
    v: () => {
      inValue = true;
      value = '';
    },
  };
  const close: Record<string, () => void> = {
    v: () => {
      inValue = false;
      if (cell) cell.value = value;
    },
    is: () => {
      inline.finish();
      if (cell) cell.value = value;
    },
    c: () => cell && closeCell(cell),
    row: () => row.cells.length > 0 && done(row),
  };
  return {
    open(name: string, attributes: Record<string, string>) {
      open[name]?.(attributes);
      inline.open(name);
    },
    text(text: string) {
      if (inValue) value = lengthened(value, text);
      else if (cell) inline.text(text);
    },
    close(name: string) {
      inline.close(name);
      close[name]?.();
    },
  };
}

function readCell(cell: OpenCell, context: SheetContext): TableCell | undefined {
  if (cell.value === undefined) return cell.formula ? uncalculated : undefined;
  if (cell.value === '') return undefined;
  const read = BY_TYPE.get(cell.type);
  return read ? read(cell.value, cell, context) : textCell(cell.value, context.longestCell);
}

/** By the cell's type (ECMA-376, 18.18.11): shared text, number, ISO date, truth value, error, text of a formula. */
const BY_TYPE = new Map<string, (value: string, cell: OpenCell, context: SheetContext) => TableCell | undefined>([
  [
    's',
    (value, _, context) => {
      const text = context.strings[Number(value)];
      if (text === undefined) throw damaged(new Error(`text number ${value} is missing`));
      return textCell(text, context.longestCell);
    },
  ],
  ['n', (value, cell, context) => formattedNumber(value, context.formats[cell.style], context)],
  ['d', (value) => ({ kind: 'date', text: value.slice(0, 10) })],
  ['b', (value) => ({ kind: 'text', text: value === '1' ? 'TRUE' : 'FALSE' })],
  ['e', (value) => errorCell(value)],
  ['str', (value, _, context) => textCell(unescapeText(value), context.longestCell)],
]);

function formattedNumber(stored: string, format: CellFormat | undefined, context: SheetContext): TableCell {
  if (format?.date) return dateCell(stored, context);
  const cell = numberCell(stored);
  if (format?.unit) cell.unit = format.unit;
  if (format?.digits) cell.digits = format.digits;
  return cell;
}

function dateCell(stored: string, context: SheetContext): TableCell {
  const date = serialDate(stored, context.date1904);
  if (date !== undefined) return { kind: 'date', text: date };
  const text = { zh: `数值 ${stored} 不是有效日期`, en: `the number ${stored} is no day of the calendar` };
  return { kind: 'text', text: stored, problem: { code: 'no-such-day', text } };
}

function errorCell(stored: string): TableCell {
  const value = stored.slice(0, 100);
  const text = { zh: `公式出错：${value}`, en: `the formula has an error: ${value}` };
  return { kind: 'text', text: value, problem: { code: 'formula-error', text } };
}

const uncalculated: TableCell = {
  kind: 'text',
  text: '',
  problem: {
    code: 'formula-not-calculated',
    text: {
      zh: '公式没有计算结果，请用 Excel 或 WPS 打开并保存后再上传',
      en: 'the formula has no result; open and save the file in a spreadsheet program first',
    },
  },
};

/** Whether a range (`C5:C9`) has several rows. */
function isOverRows(range: string): boolean {
  const [, from, to] = /^[A-Z]{1,3}(\d{1,7}):[A-Z]{1,3}(\d{1,7})$/.exec(range) ?? [];
  return Number(from) < Number(to);
}

function rowTooLong(row: number): LedgerFileError {
  return new LedgerFileError('file-too-large', {
    zh: `第 ${row} 行的内容过多，最多 ${LONGEST_ROW} 个字符`,
    en: `row ${row} holds too much text, at most ${LONGEST_ROW} characters`,
  });
}

/** `AB12` → 27. */
export function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    const letter = reference.charCodeAt(at) - 64;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return column - 1;
}
