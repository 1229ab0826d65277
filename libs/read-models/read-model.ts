import { ConferenceEvent, ConferenceState } from '../conference/events';
import { ProjectEvent } from '../project/events';
import { ProgrammeFacts } from '../project/programme-facts';
import { ProjectState } from '../project/state';
import { Table } from './shape';

/** One event of a stream, and what the stream was right after it. */
export interface Step<Event, State> {
  event: Event;
  revision: number;
  position: string;
  recordedAt: string;
  /** Subject of the actor. */
  recordedBy: string;
  state: State;
}

/** What a batch did to one stream. */
export interface Change<Event, State> {
  stream: string;
  /** The stream's name without its kind: a project's UUID, a conference's id. */
  id: string;
  /** Undefined for a stream that begins in this batch. */
  before: State | undefined;
  steps: Step<Event, State>[];
}

export type ProjectChange = Change<ProjectEvent, ProjectState>;
export type ConferenceChange = Change<ConferenceEvent, ConferenceState>;

/** Everything a batch did, folded. */
export interface Changes {
  projects: ProjectChange[];
  conferences: ConferenceChange[];
}

/**
 * One set-wise write. `replace`: whole rows, known by their key or new. `add`: rows that are new for certain. `apply`: a
 * statement of which `$1` are the rows, as JSON (see `recordset`).
 */
export type Write =
  | { kind: 'replace' | 'add'; table: Table; rows: readonly object[] }
  | { kind: 'apply'; sql: string; rows: readonly object[] };

/**
 * A read model: the shape of its tables, and the pure function from changes to the statements that bring them up to date.
 * Raise `version` when either changes: it is then built anew beside the live one.
 */
export interface ReadModel {
  name: string;
  version: number;
  tables: readonly Table[];
  /** In the order in which they are to run, within the batch's transaction. Writes without rows are left out by the caller. */
  project(changes: Changes, schema: string, programme: ProgrammeFacts): Write[];
}

/** The last step of a change: what the stream is after the batch. */
export function lastStep<Event, State>(change: Change<Event, State>): Step<Event, State> {
  const last = change.steps.at(-1);
  if (!last) throw new RangeError(`${change.stream} has changed without an event`);
  return last;
}
