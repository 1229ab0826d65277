import { EventMetadata, GENESIS } from '../audit/hash-chain';
import { ConferenceEvent } from '../conference/events';
import { ProjectEvent, PROJECT_EVENT_VERSIONS, ProjectEventType } from '../project/events';
import { Money } from '../project/money';
import { ProjectState } from '../project/state';
import { Fact, factOf } from './fact';

// A project and a conference to whom everything happens: the examples of the contract are what the code makes of them.

const ID = '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11';
const cny = (value: string, bound: Money['bound'] = 'exact'): Money => ({ value, currency: 'CNY', bound });
const conference = 'karamay-2024';
const licence = [{ kind: 'business-licence', reference: '91650200MA7EXAMPLE' }];

const PROJECT: ProjectEvent[] = [
  {
    type: 'ProjectProposed',
    data: {
      occurredOn: '2024-03-02',
      programme: 'xinjiang-aid',
      code: 'KLMY-2024-017',
      title: '光伏组件生产基地（示例）',
      investor: '示例新能源有限公司',
      origin: '310000',
      prefecture: '650200',
      cluster: 'new-energy-materials',
      industry: '新能源',
      estimatedInvestment: cny('900000000.00'),
      responsibleUnit: '克拉玛依市商务局',
    },
  },
  { type: 'ProjectPromoted', data: { occurredOn: '2024-05-13', conference, venue: '第三分会场' } },
  {
    type: 'IntentSigned',
    data: { occurredOn: '2024-05-13', agreement: 'framework', amount: cny('800000000.00', 'at-least'), conference },
  },
  {
    type: 'InvestmentSigned',
    data: {
      occurredOn: '2024-06-20',
      amount: cny('820000000.00'),
      plannedStart: '2024-09-01',
      plannedCompletion: '2026-06-30',
    },
  },
  {
    type: 'ResponsibilityAssigned',
    data: { occurredOn: '2024-06-21', unit: '克拉玛依市发展和改革委员会', person: '王芳' },
  },
  { type: 'CommitmentRevised', data: { occurredOn: '2024-07-01', amount: cny('850000000.00'), reason: '补充协议' } },
  {
    type: 'ProjectLanded',
    data: { occurredOn: '2024-08-05', legalEntity: '示例光伏克拉玛依有限公司', evidence: licence },
  },
  {
    type: 'ConstructionStarted',
    data: { occurredOn: '2024-09-10', evidence: [{ kind: 'photograph', reference: 'P-11' }] },
  },
  { type: 'FundsReceived', data: { occurredOn: '2024-10-15', amount: cny('120000000.00') } },
  {
    type: 'MilestoneCorrected',
    data: {
      occurredOn: '2024-11-04',
      milestone: 'funds-received',
      milestoneRevision: 8,
      correctedAmount: cny('125000000.00'),
      reason: '银行回单',
    },
  },
  { type: 'ProjectSuspended', data: { occurredOn: '2025-01-10', reason: '冬季停工' } },
  { type: 'ProjectResumed', data: { occurredOn: '2025-03-20', reason: '复工' } },
  {
    type: 'ProjectOperating',
    data: { occurredOn: '2026-05-30', evidence: [{ kind: 'report', reference: '验收 2026-31' }] },
  },
  {
    type: 'MilestoneRevoked',
    data: { occurredOn: '2026-06-12', milestone: 'operating', milestoneRevision: 12, reason: '尚未验收' },
  },
  {
    type: 'InvestorChanged',
    data: { occurredOn: '2026-07-01', investor: '接手新能源有限公司', reason: '股权转让' },
  },
  { type: 'ProjectTerminated', data: { occurredOn: '2026-09-01', reason: '投资方退出' } },
];

const CONFERENCE: ConferenceEvent[] = [
  {
    type: 'ConferenceOpened',
    data: {
      programme: 'xinjiang-aid',
      name: '2024年产业援疆推介会',
      place: '克拉玛依市会展中心',
      opensOn: '2024-05-13',
      closesOn: '2024-05-13',
      organisers: ['自治区商务厅'],
      prefecture: '650200',
    },
  },
  {
    type: 'SubVenueAdded',
    data: { name: '第三分会场', partners: ['140000', '350000'], regions: ['650100', '652300'] },
  },
  { type: 'ConferenceClosed', data: { closedOn: '2024-05-13' } },
];

/** Every event there is, in the order of the store. */
export function exampleFacts(): Fact[] {
  let state: ProjectState | undefined;
  const facts: Fact[] = [];
  const streams = [
    { stream: `conference-${conference}`, events: CONFERENCE },
    { stream: `project-${ID}`, events: PROJECT },
  ];
  for (const { stream, events } of streams) {
    for (const [revision, { type, data }] of events.entries()) {
      const place = { stream, revision, position: String(facts.length + 1) };
      const fact = factOf(
        { ...place, type, data: { ...data }, metadata: metadataOf({ type, data }, facts.length) },
        state,
      );
      if (fact?.kind === 'project') state = fact.state;
      if (fact) facts.push(fact);
    }
  }
  return facts;
}

/** Recorded on the day it happened; what had happened before the conference opened, then. */
function metadataOf({ type, data }: { type: string; data: object }, index: number): EventMetadata {
  const number = index.toString(16).padStart(12, '0');
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const [first, happened] = ['2024-05-13', (data as { occurredOn?: string }).occurredOn ?? ''];
  return {
    eventId: `018f7164-7a40-7c1e-a3c0-${number}`,
    commandId: `example-${index}`,
    commandDigest: GENESIS,
    correlationId: trace,
    causationId: `example-${index}`,
    traceparent: `00-${trace}-${number.padStart(16, '1')}-01`,
    actor: { subject: 'li.ming', name: '李明', role: 'clerk', unit: '克拉玛依市商务局' },
    schemaVersion: PROJECT_EVENT_VERSIONS[type as ProjectEventType] ?? 1,
    recordedAt: `${happened > first ? happened : first}T08:30:00.${String(index).padStart(3, '0')}Z`,
    previousHash: GENESIS,
    hash: GENESIS,
  };
}
