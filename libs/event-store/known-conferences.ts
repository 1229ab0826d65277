import { ProjectCommand } from '../project/commands';
import { isConferenceId } from '../project/conference-id';
import { normalTexts } from '../project/normal-text';
import { refuse } from '../project/refusal';
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
  const id = conferenceOf(command);
  if (id === undefined || !unknown.has(id)) return;
  const text = { zh: `推介会 ${id} 不存在，请先登记`, en: `there is no conference ${id}; record it first` };
  refuse('conference-unknown', text, 'conference');
}
