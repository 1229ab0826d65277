import { conferenceDecider } from '../conference/decider';
import { ConferenceEvent } from '../conference/events';
import { RecordedEvent } from '../event-store/event-store';
import { projectDecider } from '../project/decider';
import { ProjectEvent } from '../project/events';
import { ProjectState } from '../project/state';

interface OfAny {
  /** Id of the project or conference. */
  id: string;
  recorded: RecordedEvent;
}

/** An event as topics are told of it: in today's schema, and for a project with its state after the event. */
export type Fact =
  | (OfAny & { kind: 'project'; event: ProjectEvent; state: ProjectState })
  | (OfAny & { kind: 'conference'; event: ConferenceEvent });

/**
 * The fact in a recorded event; undefined for a stream of another kind. `before` is the project's state before it
 * (undefined for its first event, and for conferences); keep `state` of the result for the project's next event.
 * @throws UnknownEvent for an event this version cannot read, RangeError when `before` is not the state right before it
 */
export function factOf(recorded: RecordedEvent, before: ProjectState | undefined): Fact | undefined {
  const { stream, type, data, metadata, revision } = recorded;
  const kind = stream.slice(0, stream.indexOf('-'));
  const id = stream.slice(kind.length + 1);
  const stored = { type, data, schemaVersion: metadata.schemaVersion };
  if (kind === 'conference') return { kind, id, recorded, event: conferenceDecider.upcast(stored) };
  if (kind !== 'project') return undefined;
  const event = projectDecider.upcast(stored);
  const state = projectDecider.evolve(before, event);
  if (state.revision !== revision)
    throw new RangeError(`${stream}: revision ${revision} follows ${before?.revision ?? 'nothing'}`);
  return { kind, id, recorded, event, state };
}
