import { builtInFormat, NumberFormat, readNumberFormat } from './number-format';
import type { TableCell } from './table';

/** What the format of a cell says of its number, as an amount and as a code. */
export interface CellFormat extends NumberFormat {
  digits?: Digits;
}

type Digits = TableCell['digits'];

/** Reads the code of a number format (ECMA-376, 18.8.31). */
export function readCellFormat(code: string): CellFormat {
  return withDigits(readNumberFormat(code), digitsOf(code));
}

/** Formats that have no code: General, `0` and text are plain. */
export function builtInCellFormat(id: string): CellFormat {
  const isPlain = ['0', '1', '49'].includes(id) || Number(id) >= FIRST_OWN;
  return withDigits(builtInFormat(id), isPlain ? undefined : 'unclear');
}

const FIRST_OWN = 164;

/** Widths, colours and languages change nothing of a number: `[Red]000_ `. */
const NOT_SHOWN = /_.|\[(?:\$-[^\]]*|black|blue|cyan|green|magenta|red|white|yellow|color\d+)\]/gi;

function digitsOf(code: string): Digits {
  const [positive = ''] = code.replace(NOT_SHOWN, '').split(';');
  if (/^(?:|general|@|#+)$/i.test(positive)) return undefined;
  const zeros = /^#*(0+)$/.exec(positive)?.[1]?.length ?? 0;
  if (zeros === 0) return 'unclear';
  return zeros === 1 ? undefined : zeros;
}

function withDigits(format: NumberFormat, digits: Digits): CellFormat {
  return digits === undefined ? format : { ...format, digits };
}
