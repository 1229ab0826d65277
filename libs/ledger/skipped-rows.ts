import { isPlaceholder, plain } from './cell-result';
import { Header } from './header';
import { TableCell, TableRow } from './table';

const TOTAL =
  /^(?:.{0,20}(?:合计|总计|小计|共计|累计)|(?:grand|sub)?-?total(?:s)?|sum)(?:共?\d+[个项家户条笔份]?(?:项目|企业|协议)?)?(?:[:(,].*)?$/i;
const REMARK = /^(?:注|备注|说明|填报|填表|制表|审核|联系|note|remark|prepared|source)[^:]{0,20}:/i;

/** A row that sums up others: its first texts say so, and it names no project. */
export function isTotalRow(row: TableRow, header: Header): boolean {
  return namesNoProject(row, header, TOTAL) && firstTexts(row).some((text) => TOTAL.test(text));
}

/** A remark below (or within) the table. */
export function isTextRow(row: TableRow, header: Header): boolean {
  return namesNoProject(row, header, REMARK) && firstTexts(row).some((text) => REMARK.test(text));
}

/** Its code is missing, or the words of such a row stand where the code would. */
function namesNoProject(row: TableRow, header: Header, words: RegExp): boolean {
  return header.columns
    .filter(({ column }) => column.field === 'code' || column.field === 'id')
    .every(({ index }) => {
      const cell = row.cells[index];
      return !cell || isPlaceholder(cell.text) || words.test(compact(cell));
    });
}

/** The first two cells in which something is written; the first may be a running number. */
function firstTexts(row: TableRow): string[] {
  return row.cells
    .filter((cell) => cell !== undefined)
    .slice(0, 2)
    .map(compact);
}

function compact(cell: TableCell): string {
  return plain(cell.text).replace(/\s+/g, '');
}
