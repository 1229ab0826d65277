import { RecordedEvent } from '../../libs/event-store/event-store';
import { titleOf } from './event-titles';
import { money } from './examples';
import { History, HistoryEntry } from './history';

// Examples of answers for the OpenAPI document. Their types are those of the answers, so that they cannot go stale.

const STREAM = 'project-7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11';
const HASH = '3f0c1c6a5f7f4a7e2b9d6c8e1a4b7d0f3c6e9b2a5d8f1c4e7b0a3d6f9c2e5b8a';

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

const BACKFILL = { writtenAt: '2025-01-09T02:00:00.000Z', source: '2024年签约台账.xlsx' };

const BACKFILLED: RecordedEvent = {
  ...EVENT_EXAMPLE,
  metadata: {
    ...EVENT_EXAMPLE.metadata,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    backfill: BACKFILL,
  },
};

/** A page, and one of a store in which nothing has been recorded yet. */
export const FEED_EXAMPLES: [object, object] = [
  { items: [EVENT_EXAMPLE], next: EVENT_EXAMPLE.position, atEnd: true },
  { items: [BACKFILLED], next: null, atEnd: true },
];

const { eventId, recordedAt, commandId, correlationId, causationId, previousHash, hash } = EVENT_EXAMPLE.metadata;

const SIGNED: HistoryEntry = {
  revision: 1,
  position: EVENT_EXAMPLE.position,
  eventId,
  type: 'InvestmentSigned',
  title: titleOf('InvestmentSigned'),
  schemaVersion: 1,
  occurredOn: '2024-05-13',
  recordedAt,
  recordedDaysLater: 0,
  recordedBy: ACTOR,
  command: { id: commandId, correlationId, causationId },
  data: EVENT_EXAMPLE.data,
  previousHash,
  hash,
  verified: true,
};

const CORRECTION: HistoryEntry = {
  ...SIGNED,
  revision: 2,
  position: '1310',
  type: 'MilestoneCorrected',
  title: titleOf('MilestoneCorrected'),
  occurredOn: '2024-06-03',
  data: { milestone: 'investment-signed', milestoneRevision: 1, correctedAmount: money('850000000.00') },
  corrects: {
    revision: 1,
    milestone: 'investment-signed',
    before: { occurredOn: '2024-05-13', amount: money('820000000.00') },
    after: { occurredOn: '2024-05-13', amount: money('850000000.00') },
    reason: '补充协议',
  },
};

/** A correction; and a landing that was revoked, and altered by somebody since. */
export const HISTORY_EXAMPLES: [History, History] = [
  {
    stream: STREAM,
    items: [{ ...SIGNED, correctedBy: [2] }, CORRECTION],
    total: 3,
    chain: { verified: true, head: HASH, faults: [] },
  },
  {
    stream: STREAM,
    items: [
      { ...SIGNED, backfill: BACKFILL, revokedBy: 4, verified: false, faults: ['altered'] },
      { ...SIGNED, revokes: { revision: 3, milestone: 'landed', reason: '未注册' } },
    ],
    total: 5,
    chain: { verified: false, head: HASH, faults: [{ revision: 3, faults: ['altered'] }] },
  },
];
