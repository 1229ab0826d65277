import { Text } from '../project/refusal';
import { CivilDate } from '../project/civil-date';

/** From the first day to the last, both included; null or missing where a bound is not known or has not come. */
export interface Validity {
  validFrom?: CivilDate | null;
  validTo?: CivilDate | null;
}

export interface Place extends Validity {
  code: string;
  name: Text;
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
  pairings: ({ partner: string; region: string } & Validity)[];
  clusters: ({ id: string; name: Text } & Validity)[];
  organisers?: string[];
  /** Where the facts come from and under which licence. */
  sources?: string[];
}
