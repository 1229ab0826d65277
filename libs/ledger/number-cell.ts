import { CivilDate, isCivilDate } from '../project/civil-date';
import { TableCell } from './table';

/**
 * A number of a workbook as decimal text, without exponent. Workbooks hold binary floats and show 15 digits of them;
 * 0.1 + 0.2 is stored as 0.30000000000000004 and meant as 0.3. A whole number is kept to its last digit.
 */
export function numberCell(stored: string): TableCell {
  const number = Number(stored);
  if (stored.trim() === '' || !Number.isFinite(number))
    return problem(stored, 'not-a-number', '不是数字', 'not a number');
  if (Number.isSafeInteger(number)) return { kind: 'number', text: String(number) };
  if (Math.abs(number) >= MOST_EXACT) {
    return problem(
      stored,
      'number-not-exact',
      '数字位数过多，表格软件已无法精确保存，请以文本格式填写',
      'more digits than a spreadsheet keeps in a number; write it as text',
    );
  }
  return { kind: 'number', text: plainDecimal(number.toPrecision(15)) };
}

// From here on fifteen digits no longer reach the hundredths.
const MOST_EXACT = 1e13;

/** `"1.50e-7"` → `"0.00000015"`. */
export function plainDecimal(text: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/i.exec(text);
  if (!match) return text;
  const [, sign = '', whole = '', decimals = '', exponent = '0'] = match;
  const digits = whole + decimals;
  const point = whole.length + Number(exponent);
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const fraction = padded.slice(at).replace(/0+$/, '');
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  return `${sign}${integer}${fraction ? `.${fraction}` : ''}`;
}

const DAY = 86_400_000;

/** The day a spreadsheet's serial number means; the hour is left out. Excel's 1900 has a 29th of February. */
export function serialDate(stored: string, date1904: boolean): CivilDate | undefined {
  const serial = Math.floor(Number(stored));
  if (!Number.isFinite(serial)) return undefined;
  if (date1904) return civil(Date.UTC(1904, 0, 1) + serial * DAY);
  if (serial < 1 || serial === 60) return undefined;
  return civil(Date.UTC(1899, 11, serial < 60 ? 31 : 30) + serial * DAY);
}

function civil(time: number): CivilDate | undefined {
  if (Math.abs(time) > 8.64e15) return undefined;
  const date = new Date(time).toISOString().slice(0, 10);
  return isCivilDate(date) ? date : undefined;
}

function problem(stored: string, code: string, zh: string, en: string): TableCell {
  // What is no number may be anything, and as long.
  return { kind: 'text', text: stored.slice(0, 100), problem: { code, text: { zh, en } } };
}
