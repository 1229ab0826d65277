import { States } from './fold';

type State = { revision: number };

/**
 * The states of the streams that were changed or asked for last. Nothing is forgotten by itself: see {@link forgetOldest}.
 * While one batch is written the next may be folded, and what that one needs must still be there: so the limit is never less
 * than the streams of a batch.
 */
export class RecentStates implements States {
  /** A map keeps the order of insertion: what is used goes to the end. */
  private readonly states = new Map<string, State>();

  constructor(private readonly limit: number) {}

  get(stream: string): State | undefined {
    return this.states.get(stream);
  }

  /** Whether there is a state of that stream, which is then the last to be forgotten. */
  keep(stream: string): boolean {
    const state = this.states.get(stream);
    if (state) this.set(stream, state);
    return state !== undefined;
  }

  set(stream: string, state: State): void {
    this.states.delete(stream);
    this.states.set(stream, state);
  }

  /** Keeps the states that were used last. To be called when what they came from is committed, so that they can be read again. */
  forgetOldest(): void {
    for (const stream of this.states.keys()) {
      if (this.states.size <= this.limit) return;
      this.states.delete(stream);
    }
  }
}
