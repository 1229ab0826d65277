import { Header, HeaderColumn } from './header';
import { CellError } from './ledger-row';

/** Names in a note. */
const SHOWN = 5;

/** What is said of the columns: which are not known, and in which unit amounts are read. */
export function headerNotes(header: Header): CellError[] {
  const amounts = header.columns.filter(({ column }) => column.kind === 'money');
  const unknown = header.unknown.map(({ address, written }) => unknownColumnNote(address, written));
  return [...unknown, ...amounts.flatMap(unitNote)];
}

/** What only the end of the file tells: hidden rows, and cells merged over several rows below the header. */
export function endNotes(summary: { hiddenRows: number; headerRow: number }, merged: readonly string[]): CellError[] {
  const notes = summary.hiddenRows > 0 ? [hiddenRowsNote(summary.hiddenRows)] : [];
  const ranges = merged.filter((range) => {
    const [from = 0, to = 0] = range.split(':').map((cell) => Number(cell.replace(/\D/g, '')));
    return from > summary.headerRow && to > from;
  });
  return ranges.length > 0 ? [...notes, mergedNote(ranges)] : notes;
}

/** Only one sheet of a workbook is read. */
export function otherSheetsNote(names: readonly string[]): CellError[] {
  if (names.length === 0) return [];
  const [shown, more] = [names.slice(0, SHOWN), names.length > SHOWN];
  const text = {
    zh: `工作表${shown.map((name) => `“${name}”`).join('、')}${more ? '等' : ''}也有项目，但没有读取；请分别另存为单独的文件`,
    en: `the sheets ${shown.map((name) => `"${name}"`).join(', ')}${more ? ', …' : ''} hold projects too and were not read; save each as a file of its own`,
  };
  return [{ code: 'sheet-not-read', text }];
}

function mergedNote(ranges: readonly string[]): CellError {
  const shown = ranges.slice(0, SHOWN).join(', ') + (ranges.length > SHOWN ? ', …' : '');
  const text = {
    zh: `有跨行合并的单元格（${shown}），其内容只归第一行；其余各行请逐行填写`,
    en: `cells are merged over several rows (${shown}); their content counts for the first row only`,
  };
  return { cell: ranges[0]?.split(':')[0], code: 'merged-cells', text };
}

/** Says when a column is converted, and when nobody said in which unit it is. */
function unitNote({ unit, written, address: cell }: HeaderColumn): CellError[] {
  if (unit?.exponent === undefined) {
    if (unit?.currency && EXPORTED.exec(written)?.[1] === unit.currency) return [];
    const text = {
      zh: `“${written}”一列没有写单位，没有单位的金额按元读取`,
      en: `the column "${written}" names no unit; amounts without one are read as they stand`,
    };
    return [{ cell, code: 'unit-assumed', text }];
  }
  if (unit.exponent === 0) return [];
  const factor = (10 ** unit.exponent).toLocaleString('en');
  const text = {
    zh: `“${written}”一列的金额乘以 ${factor} 换算成元`,
    en: `amounts in the column "${written}" are multiplied by ${factor}`,
  };
  return [{ cell, code: 'unit-converted', text }];
}

// (GBP): exports write amounts as they stand, and say so.
const EXPORTED = /[(（]([A-Z]{3})[)）]$/;

function unknownColumnNote(cell: string, written: string): CellError {
  const text = { zh: `不认识的列“${written}”，已略过`, en: `the column "${written}" is not known and was passed over` };
  return { cell, code: 'unknown-column', text };
}

function hiddenRowsNote(count: number): CellError {
  const text = {
    zh: `有 ${count} 行在工作表中被隐藏，同样已读取`,
    en: `${count} rows are hidden in the sheet; they were read too`,
  };
  return { code: 'hidden-rows', text };
}
