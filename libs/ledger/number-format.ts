import { isDeepStrictEqual } from 'node:util';
import { AmountUnit, unitOfWords, UnitWords } from './amount-unit';
import { plain } from './cell-result';
import { mergedUnits, readOnlyUnits } from './unit-text';

/** What the format of a cell says of its number. */
export interface NumberFormat {
  date: boolean;
  /** In what the number that is stored is counted, which a format like `0.00"亿元"` shows; undefined when it does not. */
  unit?: UnitWords | 'unclear';
}

const DATE: NumberFormat = { date: true };
const NUMBER: NumberFormat = { date: false };
const UNCLEAR: NumberFormat = { date: false, unit: 'unclear' };

const BUILT_IN_DATES = new Set(
  [14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58].map((id) => String(id)),
);
const BUILT_IN_PERCENTAGES = new Set(['9', '10']);

export function builtInFormat(id: string): NumberFormat {
  if (BUILT_IN_PERCENTAGES.has(id)) return UNCLEAR;
  return BUILT_IN_DATES.has(id) ? DATE : NUMBER;
}

/** Reads the code of a number format (ECMA-376, 18.8.31). */
export function readNumberFormat(code: string): NumberFormat {
  if (code.length > LONGEST) return UNCLEAR;
  const marked = code.replace(LITERAL, (_, quoted: string = '', escaped: string = '', symbol: string = '') => {
    return `‹${(quoted + escaped + symbol).replace(/[‹›;]/g, ' ')}›`;
  });
  const bare = withoutLiterals(marked);
  if (/[yd]/i.test(bare) && !/general/i.test(bare)) return DATE;
  const sections = marked.split(';');
  const units = sections.slice(0, CONDITION.test(code) ? undefined : 1).map(unitOfSection);
  if (units.some((unit) => !isDeepStrictEqual(unit, units[0]))) return UNCLEAR;
  return units[0] ? { date: false, unit: units[0] } : NUMBER;
}

// Characters; Excel takes 255.
const LONGEST = 1_000;

/** Text in quotes or escaped, padding, and brackets: a currency as `[$€-2]`, or colours, locales and conditions. */
const LITERAL = /"([^"]*)"|[\\!](.)|[_*].|\[\$([^[\]-]*)(?:-[^[\]]*)?\]|\[[^[\]]*\]/gsu;

/** Which section counts then depends on the number: `[>=10000]0!.0,"万元";0"元"`. */
const CONDITION = /\[[<>=]/;

/** What is shown before the digits of a section, from the first digit to the last, and behind. */
const SECTION = /^((?:‹[^›]*›|[^‹0#?])*)((?:[0#?](?:(?:‹[^›]*›|[^‹])*[0#?])?)?)(.*)$/su;

/**
 * In what the number itself is counted: in `0!.0,"万元"` and `0!.0000"万元"` the unit is the one of what is shown, and the
 * number may be yuan as it stands.
 */
function unitOfSection(section: string): NumberFormat['unit'] {
  const [, before = '', digits = '', behind = ''] = SECTION.exec(section) ?? [];
  if (!isOneNumber(digits) || /[%‰]/.test(withoutLiterals(section))) return 'unclear';
  const text = shownText(before) + shownText(behind);
  const places = placesLess(digits, behind);
  if (places === 0) return readOnlyUnits(text);
  return lessened(readOnlyUnits(SINGLE_LETTERS[text.trim().toLowerCase()] ?? text), places);
}

const POINT_OF_TEXT = /‹[.．]›/;

function isOneNumber(digits: string): boolean {
  const isCode = /^[0#?.,'’/\s]*(?:E[+-]0+)?$/i.test(withoutLiterals(digits));
  const literals = [...digits.matchAll(/‹([^›]*)›/g)].map(([, shown = '']) => plain(shown));
  return isCode && literals.every((shown) => /^[.,'’]?$/.test(shown)) && digits.split(POINT_OF_TEXT).length <= 2;
}

/** A comma behind the digits makes what is shown less by three places, a point that is text by one for each digit behind. */
function placesLess(digits: string, behind: string): number {
  const [, fraction = ''] = digits.split(POINT_OF_TEXT).map(withoutLiterals);
  const commas = (/,+(?=\.)/.exec(withoutLiterals(digits))?.[0] ?? '') + (/^,+/.exec(behind)?.[0] ?? '');
  return 3 * commas.length + fraction.replace(/\..*|[^0#?]/g, '').length;
}

/** A letter alone is no unit, but behind commas it is: `0.0,,"M"`. */
const SINGLE_LETTERS: Partial<Record<string, string>> = { k: 'thousand', m: 'million', b: 'billion' };

/** Without a unit that says more, the number itself counts as it stands; the header must not say otherwise. */
function lessened(shown: NumberFormat['unit'], places: number): NumberFormat['unit'] {
  if (shown === 'unclear') return shown;
  const exponent = shown?.exponent === undefined ? 0 : shown.exponent - places;
  return exponent < 0 ? 'unclear' : { ...shown, exponent };
}

function withoutLiterals(marked: string): string {
  return marked.replace(/‹[^›]*›/g, '');
}

/** Letters are shown though they are not quoted; codes and what programs call the plain format are not. */
function shownText(part: string): string {
  const codes = /general|G\/通用格式|通用格式|常规|standard|[.,/@]/gi;
  return part.replace(/‹([^›]*)›|[^‹]+/g, (bare, shown?: string) => shown ?? bare.replace(codes, ''));
}

/**
 * The unit of a column, with what the format of a number shows: `0.00"亿元"` counts like 5.2亿元 in CSV, and must not
 * contradict the header.
 */
export function withShownUnit(
  header: UnitWords | undefined,
  shown: NumberFormat['unit'],
): AmountUnit | 'unclear' | undefined {
  const unit = mergedUnits(header, shown);
  return unit === 'unclear' ? unit : unitOfWords(unit);
}
