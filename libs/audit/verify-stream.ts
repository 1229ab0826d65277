import { EventMetadata, GENESIS, hashOf } from './hash-chain';

/** What the chain covers of an event as it stands in the store. */
export interface ChainedEvent {
  stream: string;
  revision: number;
  type: string;
  data: unknown;
  metadata: EventMetadata;
}

/**
 * What is wrong with a link: `altered` – the event does not say what it said when it was sealed; `unchained` – it does not
 * name the hash of the event before it; `misplaced` – its revision does not follow the one before it (one is missing).
 */
export type ChainFault = 'altered' | 'unchained' | 'misplaced';

/** Revision and hash at the end of what has been verified; {@link CHAIN_START} before the first event. */
export interface ChainEnd {
  revision: number;
  hash: string;
}

export const CHAIN_START: ChainEnd = { revision: -1, hash: GENESIS };

/**
 * The faults of one event, given the end of the chain before it; empty when it verifies. After a fault go on from the hash
 * the event claims, so that one altered event does not accuse all that follow.
 */
export function faultsOf(event: ChainedEvent, end: ChainEnd): ChainFault[] {
  const faults: ChainFault[] = [];
  if (event.metadata.hash !== hashOf(event, event.stream, event.revision)) faults.push('altered');
  if (event.metadata.previousHash !== end.hash) faults.push('unchained');
  if (event.revision !== end.revision + 1) faults.push('misplaced');
  return faults;
}

/** Whether a whole stream verifies, and where it does not. `end` is what to keep elsewhere to notice a cut-off tail. */
export interface ChainVerdict {
  verified: boolean;
  events: number;
  faults: { revision: number; faults: ChainFault[] }[];
  end: ChainEnd;
}

/**
 * Verifies a stream from its first event. It shows every change of a stored event but one: who can rewrite the whole rest
 * of a stream, or cut off its tail, leaves a chain that verifies; `end.hash` kept elsewhere shows that too.
 */
export function verifyStream(events: Iterable<ChainedEvent>): ChainVerdict {
  let end = CHAIN_START;
  let count = 0;
  const found: ChainVerdict['faults'] = [];
  for (const event of events) {
    const faults = faultsOf(event, end);
    if (faults.length > 0) found.push({ revision: event.revision, faults });
    end = { revision: event.revision, hash: event.metadata.hash };
    count += 1;
  }
  return { verified: found.length === 0, events: count, faults: found, end };
}
