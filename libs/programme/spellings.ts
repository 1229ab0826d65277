import { Cluster, Place } from './profile';

/** Upper and lower case, full and half width, and spaces make no difference in a ledger. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/g, '');
}

/** All ways to write a place or cluster, folded: code, names, aliases and the codes it had before. */
export function spellings(entry: Place | Cluster): Set<string> {
  const codes = 'id' in entry ? [entry.id] : [entry.code, ...(entry.previousCodes ?? []).map(({ code }) => code)];
  return new Set([...codes, entry.name.zh, entry.name.en, ...(entry.aliases ?? [])].map(folded));
}
