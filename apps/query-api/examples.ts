import { Money } from '../../libs/project/money';
import { ConferencePage, ConferenceSummary } from '../../libs/read-models/conferences.read-model';
import { AsOf, Figures } from '../../libs/read-models/figures';
import { FunnelGroup } from '../../libs/read-models/funnel.read-model';
import { MatrixCell } from '../../libs/read-models/matrix.read-model';

// Examples of answers for the OpenAPI document. Their types are those of the answers, so that they cannot go stale.

/** What an answer about the past repeats of the question. */
export const PAST: AsOf = { validOn: '2024-06-30', knownAt: '2024-07-15T16:00:00.000Z' };

export function money(value: string, bound: Money['bound'] = 'exact'): Money {
  return { value, currency: 'CNY', bound };
}

const FIGURES_EXAMPLE: Figures = {
  projects: 63,
  committed: money('51800000000.00'),
  fundsReceived: money('3120000000.00'),
  constructionStarted: 21,
};

const NOTHING: Figures = {
  projects: 0,
  committed: money('0.00'),
  fundsReceived: money('0.00'),
  constructionStarted: 0,
};

const INTENTS: Figures = { ...NOTHING, projects: 66, committed: money('120000000000.00', 'at-least') };

export const FUNNEL_EXAMPLE: FunnelGroup = {
  key: 'karamay-2024',
  total: { ...FIGURES_EXAMPLE, projects: 129, committed: money('171800000000.00', 'at-least') },
  stages: [{ stage: 'investment-signed', standing: FIGURES_EXAMPLE, reached: FIGURES_EXAMPLE }],
  statuses: { active: FIGURES_EXAMPLE, suspended: NOTHING, terminated: NOTHING },
  agreements: { investment: FIGURES_EXAMPLE, intent: INTENTS, framework: NOTHING, none: NOTHING },
};

/** Of projects that were not signed at a conference, or of all. */
export const WITHOUT_KEY_EXAMPLE: FunnelGroup = { ...FUNNEL_EXAMPLE, key: null };

const MATRIX_CELL_EXAMPLE: MatrixCell = {
  origin: '310000',
  prefecture: '650200',
  paired: true,
  all: { ...FIGURES_EXAMPLE, projects: 4, committed: money('2600000000.00'), constructionStarted: 1 },
  investment: { ...FIGURES_EXAMPLE, projects: 4, committed: money('2600000000.00'), constructionStarted: 1 },
  intentAndFramework: NOTHING,
};

export const MATRIX_EXAMPLE = {
  origins: ['310000'],
  prefectures: ['650200'],
  items: [MATRIX_CELL_EXAMPLE],
  total: 266,
  sums: { insidePairing: FIGURES_EXAMPLE, outsidePairing: FIGURES_EXAMPLE, all: FIGURES_EXAMPLE },
};

export const CONFERENCE_EXAMPLE: ConferenceSummary = {
  id: 'karamay-2024',
  programme: 'xinjiang-aid',
  name: '2024年产业援疆推介会',
  place: '克拉玛依市会展中心',
  opensOn: '2024-05-13',
  closesOn: '2024-05-13',
  closedOn: '2024-05-13',
  organisers: ['自治区商务厅'],
  prefecture: '650200',
  subVenues: [{ name: '第三分会场', partners: ['140000', '350000'], regions: ['650100', '652300'] }],
  revision: 2,
  position: '3',
  signed: { firms: 129, projects: 129, amount: money('171800000000.00', 'at-least') },
};

/** Announced, not closed, and in no prefecture of the programme. */
export const ANNOUNCED_EXAMPLE: ConferenceSummary = {
  ...CONFERENCE_EXAMPLE,
  id: 'urumqi-2025',
  prefecture: null,
  closedOn: null,
};

const counted = (projects: number, value: string) => ({ projects, committed: money(value) });

const CONFERENCE_PAGE_EXAMPLE: ConferencePage = {
  ...CONFERENCE_EXAMPLE,
  pairs: 266,
  agreements: {
    investment: { firms: 63, projects: 63, amount: money('51800000000.00') },
    intent: { firms: 40, projects: 40, amount: money('70000000000.00') },
    framework: { firms: 26, projects: 26, amount: money('50000000000.00', 'at-least') },
    intentAndFramework: { firms: 66, projects: 66, amount: money('120000000000.00', 'at-least') },
    all: { firms: 129, projects: 129, amount: money('171800000000.00', 'at-least') },
  },
  since: {
    upgraded: counted(9, '6200000000.00'),
    landed: counted(31, '24100000000.00'),
    underConstruction: counted(14, '9800000000.00'),
    operating: counted(5, '1700000000.00'),
    suspended: counted(1, '200000000.00'),
    terminated: counted(3, '900000000.00'),
    fundsReceived: money('3120000000.00'),
  },
  prefectures: [{ prefecture: '650200', projects: 20 }],
};

export const CONFERENCE_PAGE_EXAMPLES: [ConferencePage, AsOf & ConferencePage] = [
  CONFERENCE_PAGE_EXAMPLE,
  { ...CONFERENCE_PAGE_EXAMPLE, ...PAST, ...ANNOUNCED_EXAMPLE },
];
