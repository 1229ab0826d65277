import { ProjectState } from '../../libs/project/state';
import { ProjectDetail, ProjectPage, ProjectView } from '../../libs/read-models/projects.query';
import { money } from './examples';

// Examples of answers for the OpenAPI document. Their types are those of the answers, so that they cannot go stale.

const ID = '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11';

const PROJECT_EXAMPLE: ProjectView = {
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

/** Of which no more is known than a proposal has to say. */
const PROPOSED_EXAMPLE: ProjectView = {
  ...PROJECT_EXAMPLE,
  code: null,
  cluster: null,
  industry: null,
  responsibleUnit: null,
  responsiblePerson: null,
  conference: null,
  stage: 'proposed',
  stageSince: '2024-03-02',
  estimatedInvestment: null,
  agreement: null,
  committed: null,
  firstSigning: null,
  dates: { ...PROJECT_EXAMPLE.dates, investmentSigned: null },
  plannedStart: null,
  plannedCompletion: null,
  lastEvent: 'ProjectProposed',
  revision: 0,
};

const DAY = '2024-05-13';

/** Which has come to operation, and was terminated; signed at no conference, and without an amount. */
const ENDED_EXAMPLE: ProjectView = {
  ...PROJECT_EXAMPLE,
  stage: 'operating',
  status: 'terminated',
  statusSince: '2025-11-10',
  statusReason: '投资方退出',
  firstSigning: { on: DAY, investor: '示例新能源有限公司', conference: null, agreement: 'intent', amount: null },
  dates: {
    proposed: '2024-03-02',
    promoted: DAY,
    intentSigned: DAY,
    investmentSigned: '2024-06-03',
    landed: '2024-07-01',
    constructionStarted: '2024-08-01',
    operating: '2025-09-01',
    terminated: '2025-11-10',
  },
  legalEntity: '示例新能源（克拉玛依）有限公司',
  lastEvent: 'ProjectTerminated',
};

export const PROJECT_PAGE_EXAMPLES: [ProjectPage, ProjectPage] = [
  { items: [PROJECT_EXAMPLE], total: 129, next: 'WyIy…' },
  { items: [PROPOSED_EXAMPLE, ENDED_EXAMPLE], total: 129, next: null },
];

const SIGNING = { milestone: 'investment-signed', revision: 1, occurredOn: '2024-05-13' } as const;

const PROJECT_DETAIL_EXAMPLE: ProjectDetail = {
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

/** With everything that is there only at times. */
const ENDED_STATE: Required<ProjectState> = {
  ...PROJECT_DETAIL_EXAMPLE.state,
  proposal: {
    ...PROJECT_DETAIL_EXAMPLE.state.proposal,
    cluster: 'new-energy-materials',
    industry: '新能源',
    estimatedInvestment: money('900000000.00'),
    responsibleUnit: '克拉玛依市商务局',
    conference: 'karamay-2024',
  },
  investorChanges: [{ revision: 4, occurredOn: '2025-01-20', investor: '接手新能源有限公司' }],
  statusChanges: [{ status: 'terminated', occurredOn: '2025-11-10', reason: '投资方退出' }],
  statusSince: '2025-11-10',
  statusReason: '投资方退出',
  milestones: [{ ...SIGNING, revisions: [{ occurredOn: '2024-12-01', amount: money('850000000.00') }] }],
  revisedCommitment: money('850000000.00'),
  legalEntity: '示例新能源（克拉玛依）有限公司',
  plannedStart: '2024-09-01',
  plannedCompletion: '2026-06-30',
};

const AGAIN = '2024-06-03T08:30:00.000Z';

export const PROJECT_DETAIL_EXAMPLES: [ProjectDetail, ProjectDetail, ProjectDetail] = [
  PROJECT_DETAIL_EXAMPLE,
  { ...PROJECT_DETAIL_EXAMPLE, ...PROPOSED_EXAMPLE },
  {
    ...ENDED_EXAMPLE,
    state: ENDED_STATE,
    milestones: PROJECT_DETAIL_EXAMPLE.milestones.map((row) => ({
      ...row,
      ...{ amount: null, agreement: null, conference: null, investor: '示例新能源有限公司' },
      ...{ supersededAt: AGAIN, revokedAt: AGAIN },
    })),
    parked: { error: 'UnknownEvent: ProjectMoved', since: AGAIN, waiting: 2 },
  },
];
