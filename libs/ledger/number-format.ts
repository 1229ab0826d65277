import { AmountUnit, unitOfWords, UnitWords } from './amount-unit';
import { readUnits } from './unit-text';

/** What the format of a cell says of its number. */
export interface NumberFormat {
  date: boolean;
  /** The unit of money that is shown behind the number, and is no part of what is stored. */
  unit?: UnitWords | 'unclear';
}

const DATE: NumberFormat = { date: true };
const NUMBER: NumberFormat = { date: false };

const BUILT_IN_DATES = new Set(
  [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => String(id)),
);

export function builtInFormat(id: string): NumberFormat {
  return BUILT_IN_DATES.has(id) ? DATE : NUMBER;
}

/** Reads the code of a number format (ECMA-376, 18.8.31). */
export function readNumberFormat(code: string): NumberFormat {
  // What is quoted, escaped or in brackets (colours, locales) is decoration.
  const bare = code.replace(/"[^"]*"|[\\!_*].|\[[^[\]]*\]/g, '');
  if (/[yd]/i.test(bare) && !/general/i.test(bare)) return DATE;
  const [positive = ''] = code.split(';');
  const unit = readUnits([decorationOf(positive)]);
  return unit ? { date: false, unit } : NUMBER;
}

/** The words of `0.00"亿元"`, `[$€-2] 0.00`. Where a comma scales the number down, `0!.0,"万"`, they count for what is shown. */
function decorationOf(section: string): string {
  const isScaled = /[0#?],+(?![0#?,])/.test(section);
  return [...section.matchAll(/"([^"]*)"|\[\$([^\]-]*)[^\]]*\]|([¥￥$€£元千万亿])/g)]
    .map(([, quoted = '', symbol = '', bare = '']) => quoted + symbol + bare)
    .join('')
    .replace(isScaled ? /千|[百十]?[万亿]|[a-z]+/gi : '', '');
}

/**
 * The unit of a column, with what the format of a number shows: `0.00"亿元"` counts like 5.2亿元 in CSV, and must not
 * contradict the header.
 */
export function withShownUnit(
  header: AmountUnit | undefined,
  shown: NumberFormat['unit'],
): AmountUnit | 'unclear' | undefined {
  if (!shown || !header) return shown === 'unclear' ? shown : (header ?? unitOfWords(shown));
  if (shown === 'unclear') return shown;
  if (differ(shown.exponent, header.exponent) || differ(shown.currency, header.currency)) return 'unclear';
  return unitOfWords({ ...header, currency: header.currency ?? shown.currency });
}

function differ<T>(one: T | undefined, other: T | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}
