import { CivilDate } from '../project/civil-date';
import { Text } from '../project/refusal';

/** From the first day to the last, both included; null or missing where a bound is not known or has not come. */
export interface Validity {
  validFrom?: CivilDate | null;
  validTo?: CivilDate | null;
}

export interface Place extends Validity {
  code: string;
  name: Text;
  /** How ledgers write it too, beside code and names. */
  aliases?: string[];
  /** Codes it had before. Ledgers may still carry them; what is recorded carries `code` alone. */
  previousCodes?: ({ code: string } & Validity)[];
}

export interface Cluster extends Validity {
  id: string;
  name: Text;
  aliases?: string[];
}

export interface Pairing extends Validity {
  partner: string;
  region: string;
}

/** A programme profile as it stands in `deploy/programmes/*.json`. Validated at start by `loadProfile`. */
export interface ProgrammeProfile {
  programme: {
    id: string;
    name: Text;
    /** IANA time zone of all civil dates. */
    timeZone: string;
    /** ISO 4217. */
    currency: string;
    /** Whether a signing must carry an amount. */
    amounts: 'required' | 'optional';
  };
  /** Where projects are built (prefectures). */
  regions: Place[];
  /** Where investors come from (aid provinces). */
  partners: Place[];
  pairings: Pairing[];
  clusters: Cluster[];
  organisers?: string[];
  /** Where the facts come from and under which licence. */
  sources?: string[];
}

/** Whether the day lies within the validity. */
export function isValidOn({ validFrom, validTo }: Validity, on: CivilDate): boolean {
  return (!validFrom || validFrom <= on) && (!validTo || on <= validTo);
}

/** Whether there is a day on which both are valid. */
export function overlap(a: Validity, b: Validity): boolean {
  const begins = [a.validFrom ?? '', b.validFrom ?? ''].sort()[1] ?? '';
  return isValidOn({ validTo: a.validTo }, begins) && isValidOn({ validTo: b.validTo }, begins);
}
