import { EventStore, RecordedEvent } from '../event-store/event-store';
import { projectDecider } from '../project/decider';
import { ProjectState } from '../project/state';

/** States kept: of the projects that changed last. About 3 KB each. */
const KEPT = 20_000;
/** Streams read at once. */
const STREAMS = 200;

/**
 * The state of every project right before its next event, for whoever goes through the store in its order. What is not
 * remembered is folded anew from the project's stream.
 */
export class StatesBefore {
  /** A map keeps the order of insertion: what is used goes to the end. */
  private readonly states = new Map<string, ProjectState>();

  constructor(
    private readonly store: EventStore,
    private readonly kept = KEPT,
  ) {}

  /** To be called before {@link before} with events that come next in the store; at most `kept` of them. */
  async prepare(events: readonly RecordedEvent[]): Promise<void> {
    const missing = this.missing(events);
    const streams = [...missing.keys()];
    for (let start = 0; start < streams.length; start += STREAMS) {
      const histories = await this.store.readStreams(streams.slice(start, start + STREAMS));
      for (const [stream, history] of histories) {
        const state = stateBefore(history, missing.get(stream) ?? 0);
        if (state) this.remember(stream, state);
      }
    }
    for (const stream of this.states.keys()) {
      if (this.states.size <= this.kept) return;
      this.states.delete(stream);
    }
  }

  /** Undefined before the first event. */
  before({ stream }: RecordedEvent): ProjectState | undefined {
    return this.states.get(stream);
  }

  /** The state after the event that was asked for last. */
  remember(stream: string, state: ProjectState): void {
    this.states.delete(stream);
    this.states.set(stream, state);
  }

  /** Projects that are not remembered, with the revision of their first event here. What is remembered is kept. */
  private missing(events: readonly RecordedEvent[]): Map<string, number> {
    const missing = new Map<string, number>();
    for (const { stream, revision } of events) {
      const state = this.states.get(stream);
      if (state) this.remember(stream, state);
      else if (stream.startsWith('project-') && !missing.has(stream)) missing.set(stream, revision);
    }
    for (const [stream, revision] of missing) if (revision === 0) missing.delete(stream);
    return missing;
  }
}

/** @throws UnknownEvent, RangeError for a history that this version cannot read: whoever comes so far has read it before */
function stateBefore(history: readonly RecordedEvent[], revision: number): ProjectState | undefined {
  let state: ProjectState | undefined;
  for (const { type, data, metadata } of history.slice(0, revision)) {
    const event = projectDecider.upcast({ type, data, schemaVersion: metadata.schemaVersion });
    state = projectDecider.evolve(state, event);
  }
  return state;
}
