import { hash as hashText } from 'node:crypto';
import { canonicalJson } from './canonical-json';

export type Role = 'clerk' | 'supervisor' | 'administrator' | 'service';

/** Who said so. */
export interface Actor {
  subject: string;
  name: string;
  role: Role;
  unit: string;
}

/** Metadata of every event. Instants are ISO 8601 in UTC with milliseconds. */
export interface EventMetadata {
  eventId: string;
  /** Id of the command that caused the event (HTTP `Idempotency-Key`): the same command again finds its own effect. */
  commandId: string;
  /** SHA-256 (hex) over the canonical command, so that a key used for another command is noticed. */
  commandDigest: string;
  correlationId: string;
  causationId: string;
  /** W3C trace context of the request that caused the event, where it had one. */
  traceparent?: string;
  actor: Actor;
  schemaVersion: number;
  recordedAt: string;
  /** Only on a backfill: when it was really written, and from which source. `recordedAt` is then the time it claims. */
  backfill?: { writtenAt: string; source: string };
  /** Hash of the event before it in its stream; {@link GENESIS} for the first. */
  previousHash: string;
  hash: string;
}

export interface UnsealedEvent {
  type: string;
  data: Record<string, unknown>;
  metadata: Omit<EventMetadata, 'previousHash' | 'hash'>;
}

export interface SealedEvent {
  type: string;
  data: Record<string, unknown>;
  metadata: EventMetadata;
}

/** `previousHash` of the first event of a stream. */
export const GENESIS = '0'.repeat(64);

/**
 * Chains events to the end of a stream: each hash covers stream, revision, type, version, data and the rest of the
 * metadata (the previous hash among it), as SHA-256 in hex over the canonical JSON (RFC 8785).
 */
export function seal(
  events: readonly UnsealedEvent[],
  end: { stream: string; revision: number; hash: string },
): SealedEvent[] {
  let previousHash = end.hash;
  return events.map((event, index) => {
    const metadata = { ...event.metadata, previousHash };
    const hash = hashOf({ ...event, metadata }, end.stream, end.revision + 1 + index);
    previousHash = hash;
    return { type: event.type, data: event.data, metadata: { ...metadata, hash } };
  });
}

/** The hash an event must have, from everything it says but its own hash. */
export function hashOf(
  event: { type: string; data: unknown; metadata: Omit<EventMetadata, 'hash'> & { hash?: string } },
  stream: string,
  revision: number,
): string {
  const { hash: _own, ...metadata } = event.metadata;
  return digest({ stream, revision, type: event.type, data: event.data, metadata });
}

/** SHA-256 in hex over the canonical JSON (RFC 8785) of any JSON value. @throws TypeError for what JSON cannot say */
export function digest(value: unknown): string {
  return hashText('sha256', canonicalJson(value));
}
