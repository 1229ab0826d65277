import { Text } from '../project/refusal';

/** What a cell says, or why that cannot be told. `note` tells of a conversion. */
export type CellResult<T> =
  { ok: true; value: T; note?: { code: string; text: Text } } | { ok: false; code: string; text: Text };

export function value<T>(read: T, note?: { code: string; text: Text }): CellResult<T> {
  return note ? { ok: true, value: read, note } : { ok: true, value: read };
}

export function unreadable(code: string, zh: string, en: string): CellResult<never> {
  return { ok: false, code, text: { zh, en } };
}

/** Full-width digits, letters, brackets and spaces become plain ones. */
export function plain(text: string): string {
  return text.normalize('NFKC').trim();
}

/** How people leave a cell empty that the form wants filled. Not for names of projects and firms, where such a word may be meant. */
export function isPlaceholder(text: string): boolean {
  return /^(?:[-—–/\\*]+|无|暂无|待定|未定|n\/?a|none|nil|tbd)$/i.test(plain(text));
}
