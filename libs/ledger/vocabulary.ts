import { Text } from '../project/refusal';

/** What reading needs of a programme: names and codes as people write them become codes. */
export interface LedgerVocabulary {
  /** ISO 4217; every amount is in it. */
  readonly currency: string;
  /** Code of the region named by a code or a name in either language, `undefined` when there is none. */
  resolveRegion(text: string): string | undefined;
  resolvePartner(text: string): string | undefined;
  resolveCluster(text: string): string | undefined;
}

/** Names for codes in an exported ledger; a code without a name is written as it is. */
export type NameOf = (kind: 'place' | 'partner' | 'cluster', code: string) => Text | undefined;
