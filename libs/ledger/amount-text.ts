import { CURRENCY_PATTERN, SCALE_PATTERN, unitOf } from './amount-unit';

/** One number of an amount: `3亿5000万元` has two. */
export interface AmountPart {
  /** Digits and a point, no separators. */
  number: string;
  /** As written: 亿 in `3亿`. */
  scale?: string;
}

export interface AmountText {
  parts: AmountPart[];
  /** Words for the currency, before or behind. */
  currencies: string[];
  atLeast: boolean;
}

const AT_LEAST =
  /^(?:≥|>=?|⩾|≧|不低于|不少于|不小于|notlessthan|nolessthan|至少|超过|超出|超|逾|大于|高于|多于|atleast|morethan|over|above|minimum)/;

const NUMBER = '\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:\\.\\d+)?';
const PART = new RegExp(`^(${NUMBER})([余多+])?(${SCALE_PATTERN})?([余多+])?`);
const BEFORE = new RegExp(`^(?:${CURRENCY_PATTERN})`);
const AFTER = new RegExp(`^(${CURRENCY_PATTERN})?([余多]?(?:及?以上|起|\\+)?)$`);

/**
 * Takes an amount apart (plain characters, lower case, no spaces); undefined when the text is none. It is read from its
 * start, so that the time it takes grows with its length alone.
 */
export function readAmountText(text: string): AmountText | undefined {
  const bound = AT_LEAST.exec(text)?.[0] ?? '';
  const before = BEFORE.exec(text.slice(bound.length))?.[0] ?? '';
  const { parts, atLeast, rest } = readNumbers(text.slice(bound.length + before.length));
  const after = AFTER.exec(rest);
  if (!after || !isOneAmount(parts, after[1])) return undefined;
  const currencies = [before, after[1] ?? ''].filter((word) => word !== '');
  return { parts, currencies, atLeast: atLeast || bound !== '' || after[2] !== '' };
}

function readNumbers(text: string): { parts: AmountPart[]; atLeast: boolean; rest: string } {
  const parts: AmountPart[] = [];
  let atLeast = false;
  let rest = text;
  for (let match = PART.exec(rest); match; match = PART.exec(rest)) {
    const [all, number = '', early, scale, late] = match;
    parts.push({ number: number.replaceAll(',', ''), scale });
    atLeast ||= Boolean(early ?? late);
    rest = rest.slice(all.length);
  }
  return { parts, atLeast, rest };
}

/** `3亿5000万` is one amount; `5000万3亿`, `12 13` and `3亿5` (is that 3.5亿?) are not. */
function isOneAmount(parts: readonly AmountPart[], currency: string | undefined): boolean {
  if (parts.length === 0) return false;
  if (parts.length > 1 && parts.at(-1)?.scale === undefined && currency === undefined) return false;
  const exponents = parts.map((part) => unitOf(part.scale).exponent);
  return exponents.every((exponent, at) => at === 0 || exponent < (exponents[at - 1] ?? 0));
}
