import { CHAIN_START, ChainEnd, ChainFault, faultsOf } from '../audit/verify-stream';
import { RecordedEvent } from './event-store';

/** The first event of a stream whose chain does not hold. */
export interface BrokenStream {
  stream: string;
  revision: number;
  type: string;
  faults: ChainFault[];
}

export interface Verdict {
  events: number;
  streams: number;
  broken: BrokenStream[];
}

/** Verifies the chains of all streams in one pass over a store; memory holds one hash a stream. */
export class StoreVerifier {
  readonly verdict: Verdict = { events: 0, streams: 0, broken: [] };
  private readonly ends = new Map<string, ChainEnd | 'broken'>();

  add(event: RecordedEvent): void {
    this.verdict.events += 1;
    const end = this.ends.get(event.stream) ?? CHAIN_START;
    if (end === CHAIN_START) this.verdict.streams += 1;
    if (end === 'broken') return;
    const faults = faultsOf(event, end);
    if (faults.length > 0) {
      const { stream, revision, type } = event;
      this.verdict.broken.push({ stream, revision, type, faults });
    }
    this.ends.set(event.stream, faults.length > 0 ? 'broken' : { revision: event.revision, hash: event.metadata.hash });
  }
}
