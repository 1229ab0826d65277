import { CivilDate } from '../project/civil-date';
import { Agreement, Stage, Status } from '../project/events';
import { Money } from '../project/money';

/**
 * How far back a statistic looks. `validOn`: what had happened by the end of that day; `knownAt`: what had been recorded
 * by that instant (ISO 8601). Either may be missing; with neither, figures are the live ones.
 */
export interface AsOf {
  validOn?: CivilDate;
  knownAt?: string;
}

/** What is counted of a set of projects. Money is the current commitment of each, counted once (METRICS: counting). */
export interface Figures {
  projects: number;
  committed: Money;
  fundsReceived: Money;
  /** Of these projects, how many have started construction. */
  constructionStarted: number;
}

/** Which projects a statistic is about; every condition given must hold. Months are `YYYY-MM`, of the first standing signing. */
export interface CohortFilter {
  /** Conference credited: that of the first standing signing; for an unsigned project, where it was promoted or proposed. */
  conference?: string;
  prefecture?: string;
  origin?: string;
  cluster?: string;
  agreement?: Agreement;
  stage?: Stage;
  status?: Status;
  paired?: boolean;
  signedFrom?: string;
  signedTo?: string;
}
