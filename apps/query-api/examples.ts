import { RecordedEvent } from '../../libs/event-store/event-store';
import { Money } from '../../libs/project/money';
import { ConferencePage, ConferenceSummary } from '../../libs/read-models/conferences.read-model';
import { Figures } from '../../libs/read-models/figures';
import { FunnelGroup } from '../../libs/read-models/funnel.read-model';
import { MatrixCell } from '../../libs/read-models/matrix.read-model';
import { ProjectDetail, ProjectView } from '../../libs/read-models/projects.query';
import { History } from './history';

// Examples of answers for the OpenAPI document. Their types are those of the answers, so that they cannot go stale.

const ID = '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11';
const STREAM = `project-${ID}`;
const HASH = '3f0c1c6a5f7f4a7e2b9d6c8e1a4b7d0f3c6e9b2a5d8f1c4e7b0a3d6f9c2e5b8a';

function money(value: string, bound: Money['bound'] = 'exact'): Money {
  return { value, currency: 'CNY', bound };
}

const ACTOR = { subject: 'li.ming', name: '李明', role: 'clerk', unit: '克拉玛依市商务局' } as const;

export const EVENT_EXAMPLE: RecordedEvent = {
  stream: STREAM,
  revision: 1,
  position: '1042',
  type: 'InvestmentSigned',
  data: { occurredOn: '2024-05-13', amount: money('820000000.00'), conference: 'karamay-2024' },
  metadata: {
    eventId: '018f7164-7a40-7c1e-a3c0-5d2f8a1b9c3d',
    commandId: 'signing-2024-017',
    commandDigest: HASH,
    correlationId: 'signing-2024-017',
    causationId: 'signing-2024-017',
    actor: ACTOR,
    schemaVersion: 1,
    recordedAt: '2024-05-13T08:30:00.000Z',
    previousHash: HASH,
    hash: HASH,
  },
};

export const FIGURES_EXAMPLE: Figures = {
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

export const MATRIX_CELL_EXAMPLE: MatrixCell = {
  origin: '310000',
  prefecture: '650200',
  paired: true,
  all: { ...FIGURES_EXAMPLE, projects: 4, committed: money('2600000000.00'), constructionStarted: 1 },
  investment: { ...FIGURES_EXAMPLE, projects: 4, committed: money('2600000000.00'), constructionStarted: 1 },
  intentAndFramework: NOTHING,
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

const counted = (projects: number, value: string) => ({ projects, committed: money(value) });

export const CONFERENCE_PAGE_EXAMPLE: ConferencePage = {
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

export const PROJECT_EXAMPLE: ProjectView = {
  id: ID,
  code: 'KLMY-2024-017',
  title: '光伏组件生产基地（示例）',
  investor: '示例新能源有限公司',
  origin: '310000',
  prefecture: '650200',
  cluster: 'new-energy-materials',
  industry: '新能源',
  responsibleUnit: '克拉玛依市商务局',
  responsiblePerson: '王芳',
  conference: 'karamay-2024',
  stage: 'investment-signed',
  stageSince: '2024-05-13',
  daysInStage: 42,
  status: 'active',
  statusSince: null,
  statusReason: null,
  paired: true,
  estimatedInvestment: money('900000000.00'),
  agreement: 'investment',
  committed: money('820000000.00'),
  firstSigning: {
    on: '2024-05-13',
    investor: '示例新能源有限公司',
    conference: 'karamay-2024',
    agreement: 'investment',
    amount: money('820000000.00'),
  },
  fundsReceived: money('0.00'),
  dates: {
    proposed: '2024-03-02',
    promoted: null,
    intentSigned: null,
    investmentSigned: '2024-05-13',
    landed: null,
    constructionStarted: null,
    operating: null,
    terminated: null,
  },
  plannedStart: '2024-09-01',
  plannedCompletion: '2026-06-30',
  legalEntity: null,
  lastEvent: 'InvestmentSigned',
  lastActivityAt: '2024-05-13T08:30:00.000Z',
  revision: 1,
  position: '1042',
};

const SIGNING = { milestone: 'investment-signed', revision: 1, occurredOn: '2024-05-13' } as const;

export const PROJECT_DETAIL_EXAMPLE: ProjectDetail = {
  ...PROJECT_EXAMPLE,
  state: {
    revision: 1,
    proposal: {
      occurredOn: '2024-03-02',
      programme: 'xinjiang-aid',
      code: 'KLMY-2024-017',
      title: '光伏组件生产基地（示例）',
      investor: '示例新能源有限公司',
      origin: '310000',
      prefecture: '650200',
    },
    investor: '示例新能源有限公司',
    investorChanges: [],
    stage: 'investment-signed',
    status: 'active',
    statusChanges: [],
    milestones: [{ ...SIGNING, amount: money('820000000.00'), agreement: 'investment', conference: 'karamay-2024' }],
    responsibility: { unit: '克拉玛依市商务局', person: '王芳' },
  },
  milestones: [
    {
      ...SIGNING,
      project: ID,
      milestoneRevision: 1,
      recordedAt: '2024-05-13T08:30:00.000Z',
      recordedBy: '李明',
      amount: money('820000000.00'),
      agreement: 'investment',
      conference: 'karamay-2024',
      investor: null,
      supersededAt: null,
      revokedAt: null,
    },
  ],
  parked: null,
};

const { eventId, recordedAt, commandId, correlationId, causationId, previousHash, hash } = EVENT_EXAMPLE.metadata;

export const HISTORY_EXAMPLE: History = {
  stream: STREAM,
  items: [
    {
      revision: 2,
      position: '1310',
      eventId,
      type: 'MilestoneCorrected',
      title: { zh: '更正', en: 'Milestone corrected' },
      schemaVersion: 1,
      occurredOn: '2024-06-03',
      recordedAt,
      recordedDaysLater: 0,
      recordedBy: ACTOR,
      command: { id: commandId, correlationId, causationId },
      data: { milestone: 'investment-signed', milestoneRevision: 1, correctedAmount: money('850000000.00') },
      corrects: {
        revision: 1,
        milestone: 'investment-signed',
        before: { occurredOn: '2024-05-13', amount: money('820000000.00') },
        after: { occurredOn: '2024-05-13', amount: money('850000000.00') },
        reason: '补充协议',
      },
      previousHash,
      hash,
      verified: true,
    },
  ],
  total: 1,
  chain: { verified: true, head: HASH, faults: [] },
};
