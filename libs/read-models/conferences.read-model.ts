import { SubVenue } from '../conference/events';
import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Money } from '../project/money';
import { ConferenceChange, lastStep, ReadModel } from './read-model';
import { column, internal, optional, Table } from './shape';

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

/**
 * Firms are distinct investors, each project's as its paper names it (`signatory`): a firm with two agreements is one firm
 * and two projects, and who takes a project over later has not signed here.
 */
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

export const CONFERENCES: Table = {
  name: 'conferences',
  comment: '推介会 · Promotion conferences; what was signed there stands in projects.signing_conference',
  columns: {
    id: column('text', '推介会标识', 'Id'),
    programme: column('text', '项目计划标识', 'Programme'),
    name: column('text', '名称', 'Name'),
    place: column('text', '地点', 'Place'),
    opens_on: column('date', '开幕日期', 'First day'),
    closes_on: column('date', '闭幕日期（计划）', 'Last day, as planned'),
    closed_on: optional('date', '实际闭幕日期', 'Day on which it was closed'),
    organisers: column('text[]', '主办单位', 'Organisers'),
    prefecture: optional('text', '举办地州代码', 'Region in which it is held (code)'),
    sub_venues: column('jsonb', '分会场：名称、来源方、地州', 'Rooms: name, partners, regions'),
    revision: column('integer', '版本号', 'Revision of the last event'),
    position: internal('text', 'Position of the last event in the store.'),
    state: internal('json', 'What the next event is folded into.'),
  },
  primaryKey: ['id'],
  indexes: [],
};

/** A row of {@link CONFERENCES}. */
export function conferenceRow(change: ConferenceChange) {
  const { state, revision, position } = lastStep(change);
  const { opening, subVenues, closedOn } = state;
  return {
    id: change.id,
    programme: opening.programme,
    name: opening.name,
    place: opening.place,
    opens_on: opening.opensOn,
    closes_on: opening.closesOn,
    closed_on: closedOn,
    organisers: opening.organisers,
    prefecture: opening.prefecture,
    sub_venues: subVenues,
    revision,
    position,
    state,
  };
}

export const conferences: ReadModel = {
  name: 'conferences',
  version: 1,
  tables: [CONFERENCES],
  project: (changes) => [{ kind: 'replace', table: CONFERENCES, rows: changes.conferences.map(conferenceRow) }],
};

/** Which signed projects each figure is about, and which of their amounts it adds up. */
const SIGNED = {
  investment: `signed_agreement = 'investment'`,
  intent: `signed_agreement = 'intent'`,
  framework: `signed_agreement = 'framework'`,
  intentAndFramework: `signed_agreement IN ('intent', 'framework')`,
  all: 'true',
};
const SINCE = {
  upgraded: `signed_agreement <> 'investment' AND agreement = 'investment'`,
  landed: 'landed_on IS NOT NULL',
  underConstruction: `construction_started_on IS NOT NULL AND operating_on IS NULL AND status <> 'terminated'`,
  operating: 'operating_on IS NOT NULL',
  suspended: `status = 'suspended'`,
  terminated: `status = 'terminated'`,
};

interface Sums {
  firms: number;
  projects: number;
  value: string;
  atLeast: boolean;
}

/** Sums as one JSON object per figure; the value as text, so that it stays exact. */
function sums(name: string, condition: string, amount: 'signed' | 'committed'): string {
  const some = `FILTER (WHERE ${condition})`;
  return `jsonb_build_object('firms', count(DISTINCT signed_investor) ${some}, 'projects', count(*) ${some},
    'value', coalesce(sum(${amount}_value) ${some}, 0.00)::text,
    'atLeast', coalesce(bool_or(${amount}_bound = 'at-least') ${some}, false)) AS "${name}"`;
}

const CONFERENCE_COLUMNS = `conference.id, conference.programme, conference.name, conference.place,
  conference.opens_on::text AS "opensOn", conference.closes_on::text AS "closesOn",
  conference.closed_on::text AS "closedOn", conference.organisers, conference.prefecture,
  conference.sub_venues AS "subVenues", conference.revision, conference.position`;

type ConferenceRow = Omit<ConferenceSummary, 'signed'> & { all: Sums };

/** Newest first. */
export async function listConferences(pool: Pool, currency: string): Promise<ConferenceSummary[]> {
  const { rows } = await pool.query<ConferenceRow>(
    `SELECT ${CONFERENCE_COLUMNS}, signed.*
     FROM read_models.conferences AS conference,
       LATERAL (SELECT ${sums('all', 'true', 'signed')} FROM read_models.projects
                WHERE signing_conference = conference.id) AS signed
     ORDER BY opens_on DESC, id`,
  );
  return rows.map(({ all, ...row }) => ({ ...row, signed: signedFigures(all, currency) }));
}

type PageRow = ConferenceRow &
  Record<keyof typeof SIGNED | keyof typeof SINCE, Sums> & {
    funds: Pick<Sums, 'value' | 'atLeast'>;
    prefectures: ConferencePage['prefectures'];
  };

/** Undefined for an id that does not exist. */
export async function findConference(
  pool: Pool,
  id: string,
  context: ConferenceContext,
): Promise<ConferencePage | undefined> {
  const { rows } = await pool.query<PageRow>(PAGE, [id]);
  if (!rows[0]) return undefined;
  const { all, investment, intent, framework, intentAndFramework, ...rest } = rows[0];
  const { upgraded, landed, underConstruction, operating, suspended, terminated, funds, ...row } = rest;
  const { currency } = context;
  const signed = (figures: Sums) => signedFigures(figures, currency);
  const since = (figures: Sums): CountAndMoney => ({ projects: figures.projects, committed: money(figures, currency) });
  return {
    ...row,
    signed: signed(all),
    pairs: context.pairsOn(row.opensOn),
    agreements: {
      investment: signed(investment),
      intent: signed(intent),
      framework: signed(framework),
      intentAndFramework: signed(intentAndFramework),
      all: signed(all),
    },
    since: {
      upgraded: since(upgraded),
      landed: since(landed),
      underConstruction: since(underConstruction),
      operating: since(operating),
      suspended: since(suspended),
      terminated: since(terminated),
      fundsReceived: money(funds, currency),
    },
  };
}

const PAGE = `
  SELECT ${CONFERENCE_COLUMNS}, signed.*, coalesce(places.list, '[]') AS prefectures
  FROM read_models.conferences AS conference,
    LATERAL (SELECT ${[
      ...Object.entries(SIGNED).map(([name, condition]) => sums(name, condition, 'signed')),
      ...Object.entries(SINCE).map(([name, condition]) => sums(name, condition, 'committed')),
    ].join(', ')}, jsonb_build_object('value', coalesce(sum(funds_received), 0.00)::text,
                     'atLeast', coalesce(bool_or(funds_bound = 'at-least'), false)) AS funds
             FROM read_models.projects WHERE signing_conference = conference.id) AS signed,
    LATERAL (SELECT jsonb_agg(built ORDER BY built.projects DESC, built.prefecture) AS list
             FROM (SELECT prefecture, count(*) AS projects FROM read_models.projects
                   WHERE signing_conference = conference.id GROUP BY prefecture) AS built) AS places
  WHERE conference.id = $1`;

function signedFigures(figures: Sums, currency: string): SignedFigures {
  return { firms: figures.firms, projects: figures.projects, amount: money(figures, currency) };
}

function money({ value, atLeast }: Pick<Sums, 'value' | 'atLeast'>, currency: string): Money {
  return { value, currency, bound: atLeast ? 'at-least' : 'exact' };
}
