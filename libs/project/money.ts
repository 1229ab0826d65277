/**
 * Money is a decimal string with at most two decimals and a currency (ISO 4217), never a float. `bound` tells a figure
 * that is exact from one of which only a lower bound is known ("1200余亿": more than 120 billion).
 */
export interface Money {
  value: string;
  currency: string;
  bound: 'exact' | 'at-least';
}

const PATTERN = /^(0|[1-9]\d{0,17})(?:\.(\d{1,2}))?$/;

/** `"12.5"` → `"12.50"`. Returns undefined when the text is no amount: negative, three decimals, over numeric(20,2), not a number. */
export function parseAmount(text: string): string | undefined {
  const match = PATTERN.exec(text);
  return match ? `${match[1]}.${(match[2] ?? '').padEnd(2, '0')}` : undefined;
}

/** The amount in hundredths of the currency's unit. `value` has at most two decimals, as {@link parseAmount} returns it. */
export function toCents(value: string): bigint {
  const negative = value.startsWith('-');
  const [whole = '0', decimals = ''] = (negative ? value.slice(1) : value).split('.');
  const cents = BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0'));
  return negative ? -cents : cents;
}

/** The inverse of {@link toCents}: `5180000000000n` → `"51800000000.00"`. */
export function fromCents(cents: bigint): string {
  const digits = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** Sum in one currency; the sum is `at-least` as soon as one of its parts is. An empty list gives an exact zero. */
export function sumMoney(parts: readonly Money[], currency: string): Money {
  let cents = 0n;
  let bound: Money['bound'] = 'exact';
  for (const part of parts) {
    if (part.currency !== currency) throw new RangeError(`cannot add ${part.currency} to ${currency}`);
    cents += toCents(part.value);
    if (part.bound === 'at-least') bound = 'at-least';
  }
  return { value: fromCents(cents), currency, bound };
}
