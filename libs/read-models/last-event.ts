import { EventStore } from '../event-store/event-store';
import { FoldableEvent } from './fold';
import { Generation, LastEvent } from './generation';

export function lastEventOf(last: FoldableEvent | undefined): LastEvent | null {
  const eventId = last?.metadata.eventId;
  return last && eventId !== undefined ? { stream: last.stream, revision: last.revision, eventId } : null;
}

/**
 * Whether the store holds what a generation was brought up to. A store that was restored from an older backup ends before it,
 * or has grown past that position with other events.
 */
export async function holdsLastEvent(
  store: EventStore,
  { lastEvent, position }: Pick<Generation, 'lastEvent' | 'position'>,
): Promise<boolean> {
  if (lastEvent) {
    for await (const { metadata } of store.readStream(lastEvent.stream, { fromRevision: lastEvent.revision })) {
      return metadata.eventId === lastEvent.eventId;
    }
    return false;
  }
  // Of what came by topics the last event is not known.
  if (position === undefined) return true;
  const head = await store.head();
  return head !== undefined && store.compare(position, head) <= 0;
}
