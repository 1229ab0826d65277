import { Inject, Injectable } from '@nestjs/common';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore } from '../../libs/event-store/event-store';
import { isConferenceId } from '../../libs/project/conference-id';
import { refuse } from '../../libs/project/refusal';

export function conferenceStream(id: string): string {
  return `conference-${id}`;
}

/** Which conferences exist. They never cease to, so that what was seen once need not be looked up again. */
@Injectable()
export class KnownConferences {
  private readonly known = new Set<string>();

  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  /** @throws Refusal naming the field `conference`; an id that is none is left to the decider */
  async require(id: string | undefined): Promise<void> {
    if (id === undefined || this.known.has(id) || !isConferenceId(id)) return;
    for await (const _event of this.store.readStream(conferenceStream(id))) {
      this.known.add(id);
      return;
    }
    const text = { zh: `推介会 ${id} 不存在，请先登记`, en: `there is no conference ${id}; record it first` };
    refuse('conference-unknown', text, 'conference');
  }
}
