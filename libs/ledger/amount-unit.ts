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
  thousands: 3,
  k: 3,
  million: 6,
  millions: 6,
  mln: 6,
  mn: 6,
  m: 6,
  billion: 9,
  billions: 9,
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
  美金: 'USD',
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

/** These only name a currency; 元 and the like also say that nothing is counted in thousands. */
const NAMES_ONLY = new Set('人民币 rmb cny ¥ usd us$ $ 港币 hkd eur € gbp £ jpy'.split(' '));

/** Regular expressions for the words, longest first, so that 万亿 is not read as 万. */
export const SCALE_PATTERN = alternatives(SCALES);
export const CURRENCY_PATTERN = alternatives(CURRENCIES);

// `in millions of RMB`, `RMB '000`, `CNY 100 million`, `10,000 yuan`: the number, too, is how many are counted as one.
const UNIT = new RegExp(
  `^(?:in)?(${CURRENCY_PATTERN})?(?:in)?(10+|['’]?000s?)?(${SCALE_PATTERN})?(?:of)?(${CURRENCY_PATTERN})?$`,
);

/** What the words of a unit say; 人民币 alone says nothing of the scale, 元 says that it is 1. */
export interface UnitWords {
  exponent?: number;
  currency?: string;
}

/** Reads `亿元`, `万美元`, `人民币万元`, `million yuan`, `£`; undefined when the text is no unit. */
export function readUnit(text: string): AmountUnit | undefined {
  return unitOfWords(readUnitWords(text));
}

export function unitOfWords(words: UnitWords | undefined): AmountUnit | undefined {
  if (!words) return undefined;
  const { exponent = 0, currency } = words;
  return currency === undefined ? { exponent } : { exponent, currency };
}

/** The same, saying no more than is written. A number or a single letter is no unit without its currency. */
export function readUnitWords(text: string): UnitWords | undefined {
  const word = unitWord(text);
  const match = UNIT.exec(word);
  if (!match || /^(?:in|of|10+|[kmb])*$/.test(word)) return undefined;
  const [, before, count = '', scale, after] = match;
  const currencies = [before, after].filter((each) => each !== undefined);
  if (new Set(currencies.map((each) => CURRENCIES[each])).size > 1) return undefined;
  const { exponent, currency } = unitOf(scale, currencies[0]);
  const isCounted = (scale ?? count) !== '' || !currencies.every(namesOnly);
  return { exponent: isCounted ? exponent + count.replace(/[^0]/g, '').length : undefined, currency };
}

/** Without what stands around a unit: `金额单位：万元`, `以万元计`. */
function unitWord(text: string): string {
  return plain(text)
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/^(?:(?:计量|金额|货币|计价)?单位[为是]?|unit|以|按):?/, '')
    .replace(/(?:为单位|计算?)$/, '');
}

/** A unit from words that {@link SCALE_PATTERN} and {@link CURRENCY_PATTERN} have found. */
export function unitOf(scale?: string, currency?: string): AmountUnit {
  const exponent = scale === undefined ? 0 : (SCALES[scale] ?? 0);
  return currency === undefined ? { exponent } : { exponent, currency: CURRENCIES[currency] };
}

/** Whether a word for a currency leaves open in how many of it an amount is counted: ¥, but not 元. */
export function namesOnly(currency: string): boolean {
  return NAMES_ONLY.has(currency);
}

const LATIN = [...Object.keys(SCALES), ...Object.keys(CURRENCIES)].filter((word) => /^[a-z]{2,}$/.test(word));
// Other currencies are not read, and must not pass for none. A few of their codes are words.
const ENGLISH = new Set('all bam bob cup gel mad pen ron top try'.split(' '));
const CODES = Intl.supportedValuesOf('currency')
  .map((code) => code.toLowerCase())
  .filter((code) => !ENGLISH.has(code));
const FOREIGN =
  'dollars?|euros?|pounds?|sterling|francs?|rou?bles?|tenges?|won|yen|rupees?|pesos?|liras?|lira|rand|dirhams?|riyals?|rials?|dinars?|krona|kroner?|zloty|baht|ringgit|dong|som|soms|manats?|guilders?';
const FOREIGN_HAN =
  '美金|卢布|坚戈|法郎|卢比|比索|克朗|里拉|兰特|索姆|马纳特|林吉特|第纳尔|迪拉姆|里亚尔|泰铢|越南盾|印尼盾|韩圜';
const HINT = new RegExp(
  `[千万亿萬億元圆币幣镑\\p{Sc}]|${FOREIGN_HAN}|['’]000|(?<!\\d)1?000+(?!\\d)|^[kmb]$|(?<![a-z])(?:${[...LATIN, ...CODES].join('|')}|${FOREIGN}|mio|mrd|hundreds?|trillions?|lakhs?|crores?|currency)(?![a-z])`,
  'u',
);
// 万平方米, 千瓦, 万人: such numbers are no money.
const MEASURE = /[千万亿]+(?:平方|公顷|立方|吨|瓦|米|公里|人|亩|户|台|套|件|名|个|家)/g;

/** Whether a text speaks of money in some unit. */
export function hintsAtUnit(text: string): boolean {
  return HINT.test(plain(text).toLowerCase().replace(MEASURE, ''));
}

function alternatives(words: Record<string, number | string>): string {
  const longestFirst = Object.keys(words).sort((a, b) => b.length - a.length);
  return longestFirst.map((word) => word.replace(/[$]/g, '\\$&')).join('|');
}
