import { SubVenue } from '../conference/events';
import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Money } from '../project/money';

export interface ConferenceSummary {
  id: string;
  programme: string;
  name: string;
  place: string;
  opensOn: CivilDate;
  closesOn: CivilDate;
  closedOn: CivilDate | null;
  organisers: string[];
  prefecture: string | null;
  subVenues: SubVenue[];
  revision: number;
  position: string;
  /** Signed there (first standing signing), all kinds together. */
  signed: SignedFigures;
}

/** Firms are distinct investors; a firm with two agreements is one firm and two projects. */
export interface SignedFigures {
  firms: number;
  projects: number;
  amount: Money;
}

export interface CountAndMoney {
  projects: number;
  committed: Money;
}

export interface ConferencePage extends ConferenceSummary {
  /** Partners × regions of the programme on the conference's first day. */
  pairs: number;
  /** As the papers said on the day: the first standing signing of each project credited to this conference. */
  agreements: {
    investment: SignedFigures;
    intent: SignedFigures;
    framework: SignedFigures;
    intentAndFramework: SignedFigures;
    all: SignedFigures;
  };
  /** What has become of these projects since. */
  since: {
    /** Intents and frameworks that became investment agreements. */
    upgraded: CountAndMoney;
    landed: CountAndMoney;
    /** Construction started and not yet operating, and not terminated. */
    underConstruction: CountAndMoney;
    operating: CountAndMoney;
    suspended: CountAndMoney;
    terminated: CountAndMoney;
    fundsReceived: Money;
  };
  /** Projects built in each prefecture, most first. */
  prefectures: { prefecture: string; projects: number }[];
}

/** What the page needs of the programme. */
export interface ConferenceContext {
  currency: string;
  pairsOn(day: CivilDate): number;
}

/** Newest first. */
export declare function listConferences(pool: Pool, currency: string): Promise<ConferenceSummary[]>;

/** Undefined for an id that does not exist. */
export declare function findConference(
  pool: Pool,
  id: string,
  context: ConferenceContext,
): Promise<ConferencePage | undefined>;
