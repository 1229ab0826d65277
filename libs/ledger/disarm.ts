// What a spreadsheet takes for the start of a formula, also in its full-width forms (OWASP, CSV injection).
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;

/** Text that no spreadsheet will run: an apostrophe before what looks like a formula, also before one that has one. */
export function disarm(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes away exactly what {@link disarm} has added. */
export function rearm(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}
