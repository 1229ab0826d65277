import { plain } from './cell-result';

/** How a number counts: times ten to the power of `exponent`, in `currency` where the unit names one. */
export interface AmountUnit {
  exponent: number;
  currency?: string;
}

const SCALES: Record<string, number> = {
  千: 3,
  万: 4,
  十万: 5,
  百万: 6,
  千万: 7,
  亿: 8,
  十亿: 9,
  百亿: 10,
  千亿: 11,
  万亿: 12,
  thousand: 3,
  k: 3,
  million: 6,
  mn: 6,
  m: 6,
  billion: 9,
  bn: 9,
  b: 9,
};

const CURRENCIES: Record<string, string> = {
  元: 'CNY',
  圆: 'CNY',
  人民币: 'CNY',
  元人民币: 'CNY',
  人民币元: 'CNY',
  rmb: 'CNY',
  cny: 'CNY',
  yuan: 'CNY',
  '¥': 'CNY',
  美元: 'USD',
  usd: 'USD',
  us$: 'USD',
  $: 'USD',
  港元: 'HKD',
  港币: 'HKD',
  hkd: 'HKD',
  欧元: 'EUR',
  eur: 'EUR',
  '€': 'EUR',
  英镑: 'GBP',
  gbp: 'GBP',
  '£': 'GBP',
  日元: 'JPY',
  jpy: 'JPY',
};

/** Regular expressions for the words, longest first, so that 万亿 is not read as 万. */
export const SCALE_PATTERN = alternatives(SCALES);
export const CURRENCY_PATTERN = alternatives(CURRENCIES);

const UNIT = new RegExp(`^(${CURRENCY_PATTERN})?(${SCALE_PATTERN})?(${CURRENCY_PATTERN})?$`);

/** Reads `亿元`, `万美元`, `人民币万元`, `million yuan`, `£`; undefined when the text is no unit. */
export function readUnit(text: string): AmountUnit | undefined {
  const word = plain(text)
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^(?:单位|unit):?/, '');
  if (word === '') return undefined;
  const match = UNIT.exec(word);
  return match ? unitOf(match[2], match[1] ?? match[3]) : undefined;
}

/** A unit from words that {@link SCALE_PATTERN} and {@link CURRENCY_PATTERN} have found. */
export function unitOf(scale?: string, currency?: string): AmountUnit {
  const exponent = scale === undefined ? 0 : (SCALES[scale] ?? 0);
  return currency === undefined ? { exponent } : { exponent, currency: CURRENCIES[currency] };
}

function alternatives(words: Record<string, number | string>): string {
  const longestFirst = Object.keys(words).sort((a, b) => b.length - a.length);
  return longestFirst.map((word) => word.replace(/[$]/g, '\\$&')).join('|');
}
