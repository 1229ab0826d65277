import { GENESIS, seal, UnsealedEvent } from '../../libs/audit/hash-chain';
import { RecordedEvent } from '../../libs/event-store/event-store';
import { historyOf } from './history';

const ZONE = 'Asia/Shanghai';
const CNY = (value: string) => ({ value, currency: 'CNY', bound: 'exact' });

const events = recorded([
  ['ProjectProposed', { occurredOn: '2024-05-10', title: '光伏', estimatedInvestment: CNY('100.00') }],
  ['InvestmentSigned', { occurredOn: '2024-05-13', amount: CNY('80.00') }],
  [
    'MilestoneCorrected',
    {
      occurredOn: '2024-06-01',
      milestone: 'investment-signed',
      milestoneRevision: 1,
      correctedAmount: CNY('90.00'),
      reason: '笔误',
    },
  ],
  [
    'MilestoneCorrected',
    {
      occurredOn: '2024-06-02',
      milestone: 'investment-signed',
      milestoneRevision: 1,
      correctedOn: '2024-05-14',
      reason: '日期',
    },
  ],
  [
    'MilestoneRevoked',
    { occurredOn: '2024-06-03', milestone: 'investment-signed', milestoneRevision: 1, reason: '未签' },
  ],
]);

test('both times of an event, who recorded it and how many days later', () => {
  // 20:00 UTC is 04:00 of the next day in Shanghai.
  const [proposed] = historyOf(events, ZONE).items;
  expect(proposed).toMatchObject({
    occurredOn: '2024-05-10',
    recordedAt: '2024-05-13T20:00:00.000Z',
    recordedDaysLater: 4,
    recordedBy: { subject: 'li', name: '李明' },
    title: { zh: '谋划', en: 'Proposed' },
  });
});

test('a change of investor stands there with who comes, since when and why', () => {
  const data = { occurredOn: '2024-05-12', investor: '乙公司', reason: '股权转让' };
  const { items } = historyOf(recorded([['InvestorChanged', data]]), ZONE);
  expect(items).toMatchObject([
    { title: { zh: '更换投资方', en: 'Investor changed' }, occurredOn: '2024-05-12', data },
  ]);
});

test('corrections and revocations point to what they mean, and it points to them', () => {
  const { items } = historyOf(events, ZONE);
  expect(items[1]).toMatchObject({ correctedBy: [2, 3], revokedBy: 4, data: { amount: CNY('80.00') } });
  expect(items[2]?.corrects).toEqual({
    revision: 1,
    milestone: 'investment-signed',
    before: { occurredOn: '2024-05-13', amount: CNY('80.00') },
    after: { occurredOn: '2024-05-13', amount: CNY('90.00') },
    reason: '笔误',
  });
  expect(items[3]?.corrects).toMatchObject({
    before: { occurredOn: '2024-05-13', amount: CNY('90.00') },
    after: { occurredOn: '2024-05-14', amount: CNY('90.00') },
  });
  expect(items[4]?.revokes).toEqual({ revision: 1, milestone: 'investment-signed', reason: '未签' });
});

test('a revised commitment falls with the signing it revised, and with no other', () => {
  const signed = (type: string, occurredOn: string) => [type, { occurredOn, amount: CNY('80.00') }] as const;
  const revised = ['CommitmentRevised', { occurredOn: '2024-05-20', amount: CNY('90.00'), reason: '增资' }] as const;
  const revoked = (milestone: string, milestoneRevision: number) =>
    ['MilestoneRevoked', { occurredOn: '2024-06-03', milestone, milestoneRevision, reason: '未签' }] as const;
  const { items } = historyOf(
    recorded([
      ['ProjectProposed', { occurredOn: '2024-05-10', title: '光伏' }],
      [...signed('IntentSigned', '2024-05-11')],
      [...revised],
      [...signed('InvestmentSigned', '2024-05-13')],
      [...revised],
      [...revoked('investment-signed', 3)],
      [...revised],
      [...revoked('intent-signed', 1)],
    ]),
    ZONE,
  );
  expect(items.map(({ revokedBy }) => revokedBy)).toEqual([undefined, 7, 7, 5, 5, undefined, 7, undefined]);
});

test('the chain verifies, and its head is the hash of the last event', () => {
  const history = historyOf(events, ZONE);
  expect(history).toMatchObject({ total: 5, chain: { verified: true, head: events[4]?.metadata.hash, faults: [] } });
  expect(history.items.every((item) => item.verified)).toBe(true);
});

test('an event that was tampered with is shown and named, even when nothing in it makes sense any more', () => {
  const tampered = structuredClone(events);
  tampered[1] = {
    ...(tampered[1] as RecordedEvent),
    data: { occurredOn: 17 },
    metadata: { ...(tampered[1] as RecordedEvent).metadata, recordedAt: 'yesterday' },
  };
  const history = historyOf(tampered, ZONE);
  expect(history.chain).toMatchObject({ verified: false, faults: [{ revision: 1, faults: ['altered'] }] });
  expect(history.items.map((item) => item.verified)).toEqual([true, false, true, true, true]);
});

test('the days of a conference are when its events happened', () => {
  const history = historyOf(
    recorded([
      ['ConferenceOpened', { opensOn: '2024-05-13', closesOn: '2024-05-14' }],
      ['SubVenueAdded', { name: '第一分会场' }],
      ['ConferenceClosed', { closedOn: '2024-05-14' }],
    ]),
    ZONE,
  );
  expect(history.items.map((item) => item.occurredOn)).toEqual(['2024-05-13', undefined, '2024-05-14']);
});

function recorded(list: [string, Record<string, unknown>][]): RecordedEvent[] {
  const stream = 'project-1';
  const unsealed = list.map(([type, data], index): UnsealedEvent => {
    const id = `id-${index}`;
    const ids = { eventId: id, commandId: id, commandDigest: id, correlationId: id, causationId: id };
    const actor = { subject: 'li', name: '李明', role: 'clerk' as const, unit: '克拉玛依市商务局' };
    return { type, data, metadata: { ...ids, actor, schemaVersion: 1, recordedAt: '2024-05-13T20:00:00.000Z' } };
  });
  return seal(unsealed, { stream, revision: -1, hash: GENESIS }).map((event, revision) => ({
    ...event,
    stream,
    revision,
    position: String(revision + 1),
  }));
}
