import { Actor, EventMetadata } from '../../libs/audit/hash-chain';
import { ChainFault, verifyStream } from '../../libs/audit/verify-stream';
import { RecordedEvent } from '../../libs/event-store/event-store';
import { CivilDate, civilDateAt, daysBetween } from '../../libs/project/civil-date';
import { Milestone } from '../../libs/project/events';
import { Money } from '../../libs/project/money';
import { Text } from '../../libs/project/refusal';
import { titleOf } from './event-titles';

/** What a correction says: which event it means, and what that event stands for before and after. */
export interface Correction {
  revision: number;
  milestone: Milestone;
  before: Figures;
  after: Figures;
  reason: string;
}

interface Figures {
  occurredOn?: CivilDate;
  amount?: Money;
}

/** One event of a stream as evidence: as it stands in the store, with its seal and what later events say about it. */
export interface HistoryEntry {
  revision: number;
  position: string;
  eventId: string;
  type: string;
  title: Text;
  schemaVersion: number;
  /** When it happened; missing for events that are not tied to a day. */
  occurredOn?: CivilDate;
  recordedAt: string;
  /** Whole days from the one to the other in the programme's time zone; more than 0 is recorded late. */
  recordedDaysLater?: number;
  recordedBy: Actor;
  command: { id: string; correlationId: string; causationId: string };
  backfill?: EventMetadata['backfill'];
  data: Record<string, unknown>;
  /** On a correction or revocation: what it means. */
  corrects?: Correction;
  revokes?: { revision: number; milestone: Milestone; reason: string };
  /** On what was corrected or revoked, or fell with what was revoked: revisions of the events that say so. */
  correctedBy?: number[];
  revokedBy?: number;
  previousHash: string;
  hash: string;
  verified: boolean;
  faults?: ChainFault[];
}

export interface History {
  stream: string;
  items: HistoryEntry[];
  total: number;
  chain: {
    /** Whether every event says what it said when it was sealed, and none is missing between them. */
    verified: boolean;
    /** Hash of the last event: kept elsewhere, it also proves later that the end was not cut off. */
    head: string;
    faults: { revision: number; faults: ChainFault[] }[];
  };
}

/** The audit trail of one stream from its events, in the order of recording. `events` is the whole stream, not empty. */
export function historyOf(events: readonly RecordedEvent[], timeZone: string): History {
  const verdict = verifyStream(events);
  const entries = new Map<number, HistoryEntry>();
  const standing = new Map<number, Figures>();
  const faults = new Map(verdict.faults.map((found) => [found.revision, found.faults]));
  for (const event of events) {
    const entry = entryOf(event, timeZone, faults.get(event.revision) ?? []);
    standing.set(event.revision, figuresOf(event.data));
    link(entry, entries, standing);
    entries.set(event.revision, entry);
  }
  return {
    stream: events[0]?.stream ?? '',
    items: [...entries.values()],
    total: events.length,
    chain: { verified: verdict.verified, head: verdict.end.hash, faults: verdict.faults },
  };
}

function entryOf(event: RecordedEvent, timeZone: string, faults: ChainFault[]): HistoryEntry {
  const { metadata, data } = event;
  const occurredOn = dayOf(data);
  const recordedDaysLater = daysUntilRecorded(occurredOn, metadata.recordedAt, timeZone);
  return {
    revision: event.revision,
    position: event.position,
    eventId: metadata.eventId,
    type: event.type,
    title: titleOf(event.type),
    schemaVersion: metadata.schemaVersion,
    ...(occurredOn !== undefined && { occurredOn }),
    recordedAt: metadata.recordedAt,
    ...(recordedDaysLater !== undefined && { recordedDaysLater }),
    recordedBy: metadata.actor,
    command: { id: metadata.commandId, correlationId: metadata.correlationId, causationId: metadata.causationId },
    ...(metadata.backfill && { backfill: metadata.backfill }),
    data,
    previousHash: metadata.previousHash,
    hash: metadata.hash,
    verified: faults.length === 0,
    ...(faults.length > 0 && { faults }),
  };
}

/** Ties a correction or revocation to the event it means, from both ends. */
function link(entry: HistoryEntry, entries: Map<number, HistoryEntry>, standing: Map<number, Figures>): void {
  const { milestone, milestoneRevision: revision, reason } = entry.data as unknown as Reference;
  const target = entries.get(revision);
  if (!target) return;
  if (entry.type === 'MilestoneCorrected') {
    const { correctedOn, correctedAmount } = entry.data as { correctedOn?: CivilDate; correctedAmount?: Money };
    const before = standing.get(revision) ?? {};
    const after = {
      ...before,
      ...(correctedOn !== undefined && { occurredOn: correctedOn }),
      ...(correctedAmount !== undefined && { amount: correctedAmount }),
    };
    standing.set(revision, after);
    entry.corrects = { revision, milestone, before, after, reason };
    target.correctedBy = [...(target.correctedBy ?? []), entry.revision];
  } else if (entry.type === 'MilestoneRevoked') {
    entry.revokes = { revision, milestone, reason };
    for (const fallen of [target, ...revisionsOf(target, entries)]) fallen.revokedBy = entry.revision;
  }
}

/** The revised commitments that stand and fall with a signing: those after it, for a later signing is revoked before it, with its own. */
function revisionsOf({ revision, type }: HistoryEntry, entries: Map<number, HistoryEntry>): HistoryEntry[] {
  if (type !== 'IntentSigned' && type !== 'InvestmentSigned') return [];
  return [...entries.values()].filter(
    (entry) => entry.type === 'CommitmentRevised' && entry.revision > revision && entry.revokedBy === undefined,
  );
}

/** Undefined where one of the two is no time at all: an event that was tampered with must still be shown. */
function daysUntilRecorded(occurredOn: unknown, recordedAt: string, timeZone: string): number | undefined {
  const recorded = new Date(recordedAt);
  if (typeof occurredOn !== 'string' || Number.isNaN(recorded.getTime())) return undefined;
  const days = daysBetween(occurredOn, civilDateAt(recorded, timeZone));
  return Number.isNaN(days) ? undefined : days;
}

interface Reference {
  milestone: Milestone;
  milestoneRevision: number;
  reason: string;
}

function figuresOf(data: Record<string, unknown>): Figures {
  const amount = (data.amount ?? data.estimatedInvestment) as Money | undefined;
  return { occurredOn: dayOf(data), ...(amount !== undefined && { amount }) };
}

/** Events of a project carry `occurredOn`, a conference's opening and closing the day itself. */
function dayOf(data: Record<string, unknown>): CivilDate | undefined {
  return (data.occurredOn ?? data.opensOn ?? data.closedOn) as CivilDate | undefined;
}
