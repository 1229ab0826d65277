import { conferenceDecider } from '../conference/decider';
import { RecordedEvent } from '../event-store/event-store';
import { EventMetadata } from '../audit/hash-chain';
import { projectDecider } from '../project/decider';
import { ParkedRow } from './parked-table';
import { Change, Changes, ConferenceChange, ProjectChange } from './read-model';

/** What of an event is folded: a recorded one, or one that has come by a topic. */
export type FoldableEvent = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'type' | 'data'> & {
  metadata: Pick<EventMetadata, 'schemaVersion' | 'recordedAt'> & { actor: { subject: string }; eventId?: string };
  /** It was published from the store that this one was copied from: `position` means nothing here. */
  isOfAnotherStore?: boolean;
};

/** How the streams of one kind are folded. */
interface Kind<Event, State> {
  prefix: string;
  decider: {
    upcast(stored: { type: string; schemaVersion: number; data: Record<string, unknown> }): Event;
    evolve(state: State | undefined, event: Event): State;
  };
}

const PROJECTS = { prefix: 'project-', decider: projectDecider };
const CONFERENCES = { prefix: 'conference-', decider: conferenceDecider };

/** Splits the name of a stream that read models are made of; undefined for a stream of another kind. */
export function streamId(stream: string): { kind: 'projects' | 'conferences'; id: string } | undefined {
  if (stream.startsWith(PROJECTS.prefix)) return { kind: 'projects', id: stream.slice(PROJECTS.prefix.length) };
  if (stream.startsWith(CONFERENCES.prefix))
    return { kind: 'conferences', id: stream.slice(CONFERENCES.prefix.length) };
  return undefined;
}

/** State of a stream before the batch; undefined before its first event. */
export interface States {
  get(stream: string): { revision: number } | undefined;
  set(stream: string, state: { revision: number }): void;
}

/** What a batch comes to. */
export interface Folded {
  changes: Changes;
  /** Rows of streams that are parked now, or wait with more events than before. */
  parked: ParkedRow[];
  /** Events of another store that leave no trace here: what is copied from there is known already. */
  strangers: FoldableEvent[];
}

/**
 * Folds a batch, all of it or one slice after the other: what it did to each stream. `states` and `parked` are read and kept
 * up to date. An event that cannot be folded parks its stream: it and those that follow it are counted, and leave no other
 * trace. One that is in the state already, or counted already, is passed over, and so is one of another store.
 */
export class Folding {
  private readonly projects = new Map<string, ProjectChange>();
  private readonly conferences = new Map<string, ConferenceChange>();
  private readonly nowParked = new Map<string, ParkedRow>();
  private readonly strangers: FoldableEvent[] = [];

  constructor(
    private readonly states: States,
    private readonly parked: Map<string, ParkedRow>,
  ) {}

  add(events: readonly FoldableEvent[]): this {
    for (const event of events) {
      const waiting = this.parked.get(event.stream);
      if (isRepeated(event, this.states.get(event.stream), waiting)) continue;
      if (event.isOfAnotherStore) this.strangers.push(event);
      else if (waiting) this.park({ ...waiting, waiting: waiting.waiting + 1 });
      else this.foldOne(event);
    }
    return this;
  }

  get result(): Folded {
    const changes = { projects: [...this.projects.values()], conferences: [...this.conferences.values()] };
    return { changes, parked: [...this.nowParked.values()], strangers: this.strangers };
  }

  private foldOne(event: FoldableEvent): void {
    const name = streamId(event.stream);
    if (!name) return;
    const { states } = this;
    try {
      if (name.kind === 'projects') foldEvent(PROJECTS, this.projects, { event, id: name.id, states });
      else foldEvent(CONFERENCES, this.conferences, { event, id: name.id, states });
    } catch (error) {
      this.park(parking(event, error));
    }
  }

  private park(row: ParkedRow): void {
    this.parked.set(row.stream, row);
    this.nowParked.set(row.stream, row);
  }
}

function isRepeated(
  { revision }: FoldableEvent,
  state: { revision: number } | undefined,
  waiting: ParkedRow | undefined,
): boolean {
  const last = waiting ? waiting.revision + waiting.waiting - 1 : state?.revision;
  return last !== undefined && revision <= last;
}

function foldEvent<Event, State extends { revision: number }>(
  { decider }: Kind<Event, State>,
  changes: Map<string, Change<Event, State>>,
  { event, id, states }: { event: FoldableEvent; id: string; states: States },
): void {
  const { stream, revision, position, metadata } = event;
  const before = states.get(stream) as State | undefined;
  const domainEvent = decider.upcast({ type: event.type, schemaVersion: metadata.schemaVersion, data: event.data });
  const state = decider.evolve(before, domainEvent);
  if (state.revision !== revision)
    throw new RangeError(`revision ${revision} follows ${before?.revision ?? 'nothing'}`);
  const { recordedAt, actor } = metadata;
  const step = { event: domainEvent, revision, position, recordedAt, recordedBy: actor.subject, state };
  states.set(stream, state);
  const change = changes.get(stream);
  if (change) change.steps.push(step);
  else changes.set(stream, { stream, id, before, steps: [step] });
}

/** The row that says from which event on a stream waits, and why. */
export function parking(first: { stream: string; revision: number; position: string }, error: unknown): ParkedRow {
  const { stream, revision, position } = first;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  // NUL cannot be stored, not even in the message that complains about it.
  return {
    stream,
    revision,
    position,
    error: why.replaceAll('\0', '␀'),
    parked_at: new Date().toISOString(),
    waiting: 1,
  };
}
