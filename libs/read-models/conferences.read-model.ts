import { SubVenue } from '../conference/events';
import { Pool } from '../postgres/pool';
import { CivilDate } from '../project/civil-date';
import { Money } from '../project/money';
import { PROJECTS_AS_OF, sourceAsOf } from './as-of';
import { AsOf } from './figures';
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

type ConferenceRow = Omit<ConferenceSummary, 'signed'>;

/** The signed projects, as they are or as they were; `$1` and `$2` may be taken. */
function projectsAsOf(asOf: AsOf) {
  return sourceAsOf(asOf, 'read_models.projects', PROJECTS_AS_OF);
}

/** Newest first. Of the past only the figures: what a conference itself is, is told as of now. */
export async function listConferences(pool: Pool, currency: string, asOf: AsOf = {}): Promise<ConferenceSummary[]> {
  const source = projectsAsOf(asOf);
  const { rows } = await pool.query<ConferenceRow & { all: Sums | null }>(
    `SELECT ${CONFERENCE_COLUMNS}, signed."all"
     FROM read_models.conferences AS conference
     LEFT JOIN (SELECT signing_conference, ${sums('all', 'true', 'signed')} FROM ${source.rows} AS project
                WHERE signing_conference IS NOT NULL GROUP BY 1) AS signed ON signing_conference = conference.id
     ORDER BY opens_on DESC, id`,
    source.values,
  );
  return rows.map(({ all, ...row }) => ({ ...row, signed: signedFigures(all ?? NOTHING, currency) }));
}

const NOTHING: Sums = { firms: 0, projects: 0, value: '0.00', atLeast: false };

type PageRow = ConferenceRow &
  Record<keyof typeof SIGNED | keyof typeof SINCE, Sums> & {
    funds: Pick<Sums, 'value' | 'atLeast'>;
    prefectures: ConferencePage['prefectures'];
  };

/** Undefined for an id that does not exist. Of the past only the figures, as in {@link listConferences}. */
export async function findConference(
  pool: Pool,
  id: string,
  context: ConferenceContext,
  asOf: AsOf = {},
): Promise<ConferencePage | undefined> {
  const source = projectsAsOf(asOf);
  const { rows } = await pool.query<PageRow>(page(source.rows, `$${source.values.length + 1}`), [...source.values, id]);
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

function page(projects: string, id: string): string {
  return `
    WITH signed_there AS (
      SELECT signed_investor, prefecture, signed_agreement, signed_value, signed_bound, agreement, committed_value, committed_bound,
             status, landed_on, construction_started_on, operating_on, funds_received, funds_bound
      FROM ${projects} AS project WHERE signing_conference = ${id}
    )
    SELECT ${CONFERENCE_COLUMNS}, signed.*, places.list AS prefectures
    FROM read_models.conferences AS conference,
      (SELECT ${[
        ...Object.entries(SIGNED).map(([name, condition]) => sums(name, condition, 'signed')),
        ...Object.entries(SINCE).map(([name, condition]) => sums(name, condition, 'committed')),
        FUNDS,
      ].join(', ')} FROM signed_there) AS signed,
      (SELECT coalesce(jsonb_agg(built ORDER BY built.projects DESC, built.prefecture), '[]') AS list
       FROM (SELECT prefecture, count(*) AS projects FROM signed_there GROUP BY prefecture) AS built) AS places
    WHERE conference.id = ${id}`;
}

const FUNDS = `jsonb_build_object('value', coalesce(sum(funds_received), 0.00)::text,
  'atLeast', coalesce(bool_or(funds_bound = 'at-least'), false)) AS funds`;

function signedFigures(figures: Sums, currency: string): SignedFigures {
  return { firms: figures.firms, projects: figures.projects, amount: money(figures, currency) };
}

function money({ value, atLeast }: Pick<Sums, 'value' | 'atLeast'>, currency: string): Money {
  return { value, currency, bound: atLeast ? 'at-least' : 'exact' };
}
