import { States } from './fold';

type State = { revision: number };

/** The states of the streams that changed last. Nothing is forgotten by itself: see {@link forgetOldest}. */
export class RecentStates implements States {
  /** A map keeps the order of insertion: what changes goes to the end. */
  private readonly states = new Map<string, State>();

  constructor(private readonly limit: number) {}

  get(stream: string): State | undefined {
    return this.states.get(stream);
  }

  has(stream: string): boolean {
    return this.states.has(stream);
  }

  set(stream: string, state: State): void {
    this.states.delete(stream);
    this.states.set(stream, state);
  }

  /** Keeps the states that changed last. To be called when what they came from is committed, so that they can be read again. */
  forgetOldest(): void {
    for (const stream of this.states.keys()) {
      if (this.states.size <= this.limit) return;
      this.states.delete(stream);
    }
  }
}
