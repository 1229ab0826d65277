import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { seal, GENESIS, digest } = require('../../dist/libs/audit/hash-chain.js');
const { uuidV7 } = require('../../dist/libs/event-store/uuid-v7.js');

const ACTOR = { subject: 'bench', name: '基准测试', role: 'administrator', unit: 'bench' };

export function proposal(title = '年产十万吨番茄制品精深加工项目') {
  return {
    occurredOn: '2024-05-13',
    programme: 'xinjiang-aid',
    code: randomUUID(),
    title,
    investor: '某某农业科技股份有限公司',
    origin: '140000',
    prefecture: '652300',
    cluster: 'fruit-vegetables',
    industry: '农产品加工',
    estimatedInvestment: { value: '520000000.00', currency: 'CNY', bound: 'exact' },
    responsibleUnit: '昌吉州商务局',
    conference: 'karamay-2024',
  };
}

function metadata(schemaVersion, commandDigest) {
  const commandId = uuidV7();
  return {
    eventId: uuidV7(),
    commandId,
    commandDigest,
    correlationId: commandId,
    causationId: commandId,
    actor: ACTOR,
    schemaVersion,
    recordedAt: new Date().toISOString(),
  };
}

/** The next event of a stream, sealed: everything the product does for one event before it is stored. */
export function nextSealed(stream, end = { revision: -1, hash: GENESIS }) {
  const data =
    end.revision < 0
      ? proposal()
      : {
          occurredOn: '2024-06-01',
          amount: { value: '1200000.00', currency: 'CNY', bound: 'exact' },
          evidence: [{ kind: 'bank-statement', reference: `对账单-${end.revision}-${'x'.repeat(300)}` }],
        };
  const event = { type: end.revision < 0 ? 'ProjectProposed' : 'FundsReceived', data };
  const unsealed = { ...event, metadata: metadata(end.revision < 0 ? 2 : 1, digest(data)) };
  return seal([unsealed], { stream, ...end })[0];
}

/** A whole life of about eight events for one project, as requests to append at once. */
export function wholeLife(index) {
  const stream = `project-${randomUUID()}`;
  const money = (value) => ({ value, currency: 'CNY', bound: 'exact' });
  const evidence = [{ kind: 'licence', reference: `许可证 ${index}` }];
  const events = [
    { type: 'ProjectProposed', data: { ...proposal(), prefecture: PREFECTURES[index % PREFECTURES.length] } },
    { type: 'ProjectPromoted', data: { occurredOn: '2024-05-13', conference: 'karamay-2024' } },
    {
      type: 'IntentSigned',
      data: {
        occurredOn: '2024-05-13',
        agreement: 'intent',
        amount: money('500000000.00'),
        conference: 'karamay-2024',
      },
    },
    { type: 'InvestmentSigned', data: { occurredOn: '2024-06-20', amount: money('520000000.00') } },
    { type: 'ProjectLanded', data: { occurredOn: '2024-07-01', legalEntity: `项目公司 ${index}`, evidence } },
    { type: 'ConstructionStarted', data: { occurredOn: '2024-08-01', evidence } },
    { type: 'FundsReceived', data: { occurredOn: '2024-09-01', amount: money('120000000.00'), evidence } },
    { type: 'ProjectOperating', data: { occurredOn: '2025-03-01', evidence } },
  ];
  const unsealed = events.map((event) => ({
    ...event,
    metadata: metadata(event.type === 'ProjectProposed' ? 2 : 1, digest(event.data)),
  }));
  return { stream, expectedRevision: -1, events: seal(unsealed, { stream, revision: -1, hash: GENESIS }) };
}

const PREFECTURES = [
  '650100',
  '650200',
  '650400',
  '650500',
  '652300',
  '652700',
  '652800',
  '652900',
  '653000',
  '653100',
  '653200',
  '654000',
  '654200',
  '654300',
];
