import { CivilDate, isCivilDate } from '../project/civil-date';
import { CellResult, plain, unreadable, value } from './cell-result';
import { TableCell } from './table';

/** In which order a date of three numbers is to be read when it does not begin with the year. */
export type DateOrder = 'dmy' | 'mdy';

const YEAR_FIRST =
  /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|\/(\d{1,2})\/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]?)$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})$/;
const TIME = /(?:[T\s]|(?<=[日号]))\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/;

/** Characters; what is longer is no date. */
const LONGEST = 100;

/**
 * Reads `2024-05-13`, `2024/5/13`, `2024.5.13`, `2024年5月13日`, `20240513` and the date cells of a workbook; a time behind
 * the date is left out. `13/05/2024` is read only when `order` says which number is the day.
 */
export function readDate(cell: TableCell, order?: DateOrder): CellResult<CivilDate> {
  if (cell.kind === 'date') return checked(cell.text, cell.text);
  const text = cell.text.length > LONGEST ? '' : compact(plain(cell.text).replace(TIME, ''));
  const match = YEAR_FIRST.exec(text) ?? COMPACT.exec(text);
  if (match) {
    const [year = '', month = '', day = ''] = match.slice(1).filter((part) => part !== undefined);
    return checked(isoDate(year, month, day), cell.text);
  }
  const last = YEAR_LAST.exec(text);
  if (last) return yearLast(last, cell.text, order);
  const shown = cell.text.slice(0, LONGEST);
  return unreadable(
    'not-a-date',
    `“${shown}”不是日期；请写成 2024-05-13 或 2024年5月13日`,
    `"${shown}" is not a date; write it as 2024-05-13`,
  );
}

/** Without spaces, unless they divide numbers: `2024-5-1 3` is not the thirteenth. */
function compact(text: string): string {
  return /\d\s+\d/.test(text) && !/^\d{4}\s+\d{2}\s+\d{2}$/.test(text) ? text : text.replace(/\s+/g, '');
}

function yearLast(match: RegExpExecArray, written: string, order: DateOrder | undefined): CellResult<CivilDate> {
  const [, first = '', , second = '', year = ''] = match;
  if (order === 'dmy') return checked(isoDate(year, second, first), written);
  if (order === 'mdy') return checked(isoDate(year, first, second), written);
  return unreadable(
    'ambiguous-date',
    `“${written}”分不清月和日；请写成 2024-05-13`,
    `"${written}" does not say which number is the month; write it as 2024-05-13`,
  );
}

function checked(date: string, written: string): CellResult<CivilDate> {
  if (isCivilDate(date)) return value(date);
  return unreadable('no-such-day', `“${written}”这一天不存在`, `"${written}" is no day of the calendar`);
}

function isoDate(year: string, month: string, day: string): string {
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}
