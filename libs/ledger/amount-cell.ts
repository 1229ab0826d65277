import { fromCents, Money, parseAmount } from '../project/money';
import { AmountText, readAmountText } from './amount-text';
import { AmountUnit, namesOnly, unitOf, UnitWords } from './amount-unit';
import { CellResult, plain, unreadable, value } from './cell-result';
import { withShownUnit } from './number-format';
import { TableCell } from './table';

/**
 * Reads an amount exactly, never through a float: `5.2亿元`, `52,000万元`, `3亿5000万元`, `１２０`, `RMB 5 million`. A unit in the
 * cell counts before the one of the column. Lower bounds (`1200余亿元`, `超过120亿`, `≥ 120亿`, `over 12bn`) are `at-least`; what
 * is only approximate or an upper bound (`约5亿`, `5亿以内`) is refused, for it is neither exact nor a bound that can be summed.
 */
export function readAmount(cell: TableCell, currency: string, headerUnit?: UnitWords): CellResult<Money> {
  const written = cell.text;
  if (written.length > LONGEST) return notAnAmount(`${written.slice(0, LONGEST)}…`);
  const spaced = plain(written).toLowerCase();
  if (SEVERAL_NUMBERS.test(spaced) && !SPACED_THOUSANDS.test(spaced)) return notAnAmount(written);
  const text = spaced.replace(/\s+/g, '');
  const refused = refusal(text, written);
  if (refused) return refused;
  const amount = readAmountText(text);
  return amount ? valued(amount, cell, { currency, unit: headerUnit }) : notAnAmount(written);
}

interface Column {
  /** Of the programme. */
  currency: string;
  unit: UnitWords | undefined;
}

function valued(amount: AmountText, cell: TableCell, { currency, unit: headerUnit }: Column): CellResult<Money> {
  const written = cell.text;
  const columnUnit = withShownUnit(headerUnit, cell.unit);
  if (columnUnit === 'unclear') return unclearScale(written);
  if (currencyOf(amount, columnUnit, currency) !== currency) return wrongCurrency(written, currency);
  if (columnUnit && columnUnit.exponent > 0 && isScaleOpen(amount)) return unclearScale(written);
  const cents = sum(amount, columnUnit);
  if (cents === undefined) return tooManyDecimals(written);
  return moneyOf(cents, currency, {
    amount,
    written,
    shown: headerUnit?.exponent === undefined ? columnUnit : undefined,
  });
}

/** Characters; what is longer is no amount. */
const LONGEST = 100;

// Two amounts in one cell are not one of all their digits.
const SEVERAL_NUMBERS = /\d\s+\d/;
const SPACED_THOUSANDS = /^\D*\d{1,3}(?: \d{3})+(?:\.\d+)?\D*$/;

const APPROXIMATE = /约|近|左右|大概|大致|about|approx|around|nearly|almost|~|≈/;
const AT_MOST = /不超过|不高于|不多于|以内|以下|至多|最多|小于|低于|少于|[≤<⩽≦]|upto|atmost|lessthan|under|below/;
const LOWER_BOUNDS_THAT_NEGATE = /不低于|不少于|不小于|(?:not|no)lessthan/g;

function refusal(text: string, written: string): CellResult<never> | undefined {
  if (APPROXIMATE.test(text)) {
    return unreadable(
      'approximate-amount',
      `“${written}”是约数；请填写确数，或用“不低于”“超过”写明下限`,
      `"${written}" is approximate; give the exact amount, or a lower bound with "≥"`,
    );
  }
  if (AT_MOST.test(text.replace(LOWER_BOUNDS_THAT_NEGATE, ''))) {
    return unreadable(
      'upper-bound',
      `“${written}”只是上限；请填写确数或下限`,
      `"${written}" is an upper bound; give the exact amount or a lower bound`,
    );
  }
  const isBracketed = text.startsWith('(') && text.endsWith(')') && /\d/.test(text);
  if (isBracketed || /^[-−负]/.test(text)) {
    return unreadable('negative-amount', `金额“${written}”不能为负`, `the amount "${written}" is negative`);
  }
  return undefined;
}

/** "5亿" in a column of US dollars is a sum of these. */
function currencyOf(amount: AmountText, columnUnit: AmountUnit | undefined, otherwise: string): string {
  return ownUnit(amount)?.currency ?? columnUnit?.currency ?? otherwise;
}

/** The unit that stands in the cell itself, if one does. */
function ownUnit(amount: AmountText): AmountUnit | undefined {
  if (amount.currencies.length === 0)
    return amount.parts.some((part) => part.scale !== undefined) ? unitOf() : undefined;
  const [first, second] = amount.currencies.map((word) => unitOf(undefined, word));
  // "¥5元" says the same twice; "¥5美元" says two things, of which the foreign one is refused.
  return second && second.currency !== first?.currency ? { exponent: 0, currency: 'XXX' } : first;
}

/** "¥5" under "万元" may mean five yuan or fifty thousand. */
function isScaleOpen({ parts, currencies }: AmountText): boolean {
  return currencies.length > 0 && currencies.every(namesOnly) && parts.every((part) => part.scale === undefined);
}

/** In hundredths; undefined when a part does not come out even. */
function sum(amount: AmountText, columnUnit: AmountUnit | undefined): bigint | undefined {
  const shared = ownUnit(amount) ? 0 : (columnUnit?.exponent ?? 0);
  let total = 0n;
  for (const { number, scale } of amount.parts) {
    const places = 2 + (scale === undefined ? shared : unitOf(scale).exponent);
    const [whole = '', decimals = ''] = number.split('.');
    if (/[1-9]/.test(decimals.slice(places))) return undefined;
    total += BigInt(whole + decimals.slice(0, places).padEnd(places, '0'));
  }
  return total;
}

interface Source {
  amount: AmountText;
  written: string;
  /** A unit that is part of how the cell looks. */
  shown: AmountUnit | undefined;
}

function moneyOf(cents: bigint, currency: string, from: Source): CellResult<Money> {
  const read = parseAmount(fromCents(cents));
  if (read === undefined) return amountTooLarge(from.written);
  const money: Money = { value: read, currency, bound: from.amount.atLeast ? 'at-least' : 'exact' };
  // Nothing is converted in a bare number, nor in a bound written as exports write it.
  const asWritten =
    !ownUnit(from.amount) && !from.shown?.exponent && (!from.amount.atLeast || /^[≥>]/.test(from.written));
  return value(money, asWritten ? undefined : converted(from.written, money));
}

function converted(written: string, money: Money) {
  const sign = money.bound === 'at-least' ? '≥ ' : '';
  const text = {
    zh: `“${written}”读作 ${sign}${money.value} 元`,
    en: `"${written}" is read as ${sign}${money.currency} ${money.value}`,
  };
  return { code: 'amount-converted', text };
}

function amountTooLarge(written: string): CellResult<never> {
  return unreadable('amount-too-large', `金额“${written}”过大`, `the amount "${written}" is too large`);
}

function notAnAmount(written: string): CellResult<never> {
  return unreadable(
    'not-an-amount',
    `“${written}”不是金额；请写成 5.2亿元、52000万元或 520000000`,
    `"${written}" is not an amount; write it as 520000000 or 5.2亿元`,
  );
}

function tooManyDecimals(written: string): CellResult<never> {
  return unreadable(
    'too-many-decimals',
    `金额“${written}”换算成元后超过两位小数`,
    `the amount "${written}" has more than two decimals in the unit of the currency`,
  );
}

function unclearScale(written: string): CellResult<never> {
  return unreadable(
    'unclear-scale',
    `不清楚“${written}”的单位是不是表头的单位；请写成 5.2亿元，或只写数字、不用带单位的数字格式`,
    `"${written}" does not say whether the unit of the header applies; write the number alone, or with its unit`,
  );
}

function wrongCurrency(written: string, currency: string): CellResult<never> {
  return unreadable(
    'wrong-currency',
    `金额“${written}”的币种不是 ${currency}`,
    `the amount "${written}" is not in ${currency}`,
  );
}
