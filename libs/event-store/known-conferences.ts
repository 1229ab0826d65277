import { ProjectCommand } from '../project/commands';
import { isConferenceId } from '../project/conference-id';
import { normalTexts } from '../project/normal-text';
import { DecisionContext } from '../project/programme-facts';
import { Reason, Refusal } from '../project/refusal';
import { Decider } from './decider';
import { EventStore } from './event-store';

export function conferenceStream(id: string): string {
  return `conference-${id}`;
}

/** Which conferences exist. They never cease to, so that what was seen once need not be looked up again. */
export class KnownConferences {
  private readonly known = new Set<string>();

  constructor(private readonly store: Pick<EventStore, 'readStreams'>) {}

  /** Those of the ids that no conference has, in one round trip. What is no id of a conference is left to the decider. */
  async unknownOf(ids: Iterable<string | undefined>): Promise<ReadonlySet<string>> {
    const unsure = [...new Set(ids)].filter((id) => id !== undefined && !this.known.has(id) && isConferenceId(id));
    const unknown = new Set(unsure as string[]);
    if (unknown.size === 0) return unknown;
    const histories = await this.store.readStreams([...unknown].map(conferenceStream));
    for (const id of unknown) {
      if (!histories.get(conferenceStream(id))?.length) continue;
      this.known.add(id);
      unknown.delete(id);
    }
    return unknown;
  }
}

/** The conference that a command says something happened at, as the decider reads it. */
export function conferenceOf(command: ProjectCommand): string | undefined {
  const data = normalTexts(command.data);
  return 'conference' in data ? data.conference : undefined;
}

/** @throws Refusal naming the field `conference` when the command's is one of the unknown */
export function refuseUnknownConference(command: ProjectCommand, unknown: ReadonlySet<string>): void {
  const reason = unknownConference(command, unknown);
  if (reason) throw new Refusal([reason]);
}

/** A decider that says of an unknown conference, too, beside what else is wrong with the fields of a command. */
export function knowingConferences<State, Event extends { type: string; data: object }>(
  decider: Decider<State, ProjectCommand, Event, DecisionContext>,
  unknown: ReadonlySet<string>,
): Decider<State, ProjectCommand, Event, DecisionContext> {
  return {
    ...decider,
    decide: (command, state, context) => {
      try {
        const events = decider.decide(command, state, context);
        refuseUnknownConference(command, unknown);
        return events;
      } catch (error) {
        throw error instanceof Refusal ? withConference(error, unknownConference(command, unknown)) : error;
      }
    },
  };
}

/** A refusal for the state of the project stays alone: a project that does not exist has no wrong fields. */
function withConference(refusal: Refusal, reason: Reason | undefined): Refusal {
  const ofFields = refusal.reasons.every(({ field }) => field !== undefined && field !== reason?.field);
  return reason && ofFields ? new Refusal([...refusal.reasons, reason]) : refusal;
}

function unknownConference(command: ProjectCommand, unknown: ReadonlySet<string>): Reason | undefined {
  const id = conferenceOf(command);
  if (id === undefined || !unknown.has(id)) return undefined;
  const text = { zh: `推介会 ${id} 不存在，请先登记`, en: `there is no conference ${id}; record it first` };
  return { code: 'conference-unknown', text, field: 'conference' };
}
