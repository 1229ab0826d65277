import { CivilDate } from './civil-date';

/** What the decider must know of the programme a project belongs to. The profile in libs/programme provides it. */
export interface ProgrammeFacts {
  readonly id: string;
  /** IANA name; civil dates are days in this zone. */
  readonly timeZone: string;
  /** ISO 4217; every amount must be in it. */
  readonly currency: string;
  /** Whether a signing must carry an amount. A register that knows no money has `optional`. */
  readonly amounts: 'required' | 'optional';
  isRegion(code: string, on: CivilDate): boolean;
  isPartner(code: string, on: CivilDate): boolean;
  isCluster(id: string, on: CivilDate): boolean;
  /** Whether this partner is paired with this region on that day. A project outside its pair is allowed and marked. */
  isPaired(partner: string, region: string, on: CivilDate): boolean;
}

/** What a decision depends on beside state and command. `today` is the day at the instant of recording. */
export interface DecisionContext {
  readonly programme: ProgrammeFacts;
  readonly today: CivilDate;
}
