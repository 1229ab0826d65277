// People write one thing in several ways that look alike. It is recorded in one, so that who compares two texts, or
// derives an id from one, finds the same where people see the same.

/**
 * What pages and word processors leave behind: soft hyphen, zero-width space, word joiner, byte order mark, marks of
 * direction. The joiners U+200C and U+200D are none of it: they shape the letters of scripts, and emoji.
 */
const SHAPELESS = /[\u00ad\u200b\u200e\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as it is recorded: line ends as `\n`, nothing shapeless, accents on their letters (Unicode NFC), no blanks around
 * it, the ideographic one included.
 */
export function normalText(text: string): string {
  // In this order: only a `\r` next to its `\n` is one line end with it, and an accent may stand behind what is shapeless.
  return text.replace(/\r\n?/g, '\n').replace(SHAPELESS, '').normalize('NFC').trim();
}

/**
 * The code of a project as it is recorded: also its full-width letters and signs become plain ones (Unicode NFKC), `Ａ－１` →
 * `A-1`, and every character of Unicode's class "format", the joiners too, is gone.
 */
export function normalCode(code: string): string {
  // The text first: a code is the same whether it was read as a text before or not, also where `\r` and `\n` have nothing seen between them.
  const shown = normalText(code).replace(/\p{Cf}/gu, '');
  return normalText(shown.normalize('NFKC'));
}

/**
 * The data of a command with every text in it normal, at any depth; what stands under `code` as a code. References (to a
 * region, a conference) lose their blanks like any text, and then must be exactly what they name.
 */
export function normalTexts<Data extends object>(data: Data): Data {
  return normalValue(data) as Data;
}

function normalValue(value: unknown, key?: string): unknown {
  if (typeof value === 'string') return key === 'code' ? normalCode(value) : normalText(value);
  if (Array.isArray(value)) return value.map((item) => normalValue(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, normalValue(field, name)]));
}

/** Controls other than tab and line ends: JSON in PostgreSQL cannot hold NUL, XML in a workbook those of ASCII, and no reader shows any. */
export const CONTROL = /(?![\t\n\r])\p{Cc}/u;

/** Half a character, the one that stands where an earlier conversion destroyed another (�), and the two that XML cannot hold. */
export const BROKEN = /[\p{Cs}\ufffd-\uffff]/u;
