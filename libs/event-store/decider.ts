/**
 * The shape of a decider: pure functions, no I/O. `decide` says which events a command leads to or throws a `Refusal`;
 * `evolve` folds one event into the state (`undefined` before the first event).
 */
export interface Decider<State, Command, Event extends { type: string; data: object }, Context> {
  decide(command: Command, state: State | undefined, context: Context): Event[];
  evolve(state: State | undefined, event: Event): State;
  /** Schema version that a new event of this type is written with. */
  versionOf(type: Event['type']): number;
  /** A stored event in today's schema. @throws UnknownEvent */
  upcast(stored: { type: string; schemaVersion: number; data: Record<string, unknown> }): Event;
}
