import { isPlaceholder } from './cell-result';

// What a spreadsheet takes for the start of a formula, also in its full-width forms (OWASP, CSV injection).
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;

/**
 * Text that no spreadsheet will run, and no import takes for a blank: an apostrophe before what looks like a formula or
 * says "none", also before one that has one.
 */
export function disarm(text: string): string {
  return isMistakable(text) ? `'${text}` : text;
}

/** Takes away exactly what {@link disarm} has added. */
export function rearm(text: string): string {
  return text.startsWith("'") && isMistakable(text) ? text.slice(1) : text;
}

function isMistakable(text: string): boolean {
  return FORMULA.test(text) || isPlaceholder(text.replace(/^'+/, ''));
}
