import { EventStore, Position } from '../event-store/event-store';
import { RelayStopped } from './relay-stopped';
import { RelayPosition } from './relay-positions.topic';

/**
 * The place in this store of the last event that a relay has published. Of a copy of the relay's store it is looked up, for
 * there ids and revisions are the same, and positions are not; undefined where the event is not there.
 */
export async function positionIn(
  store: Pick<EventStore, 'storeId' | 'readStream'>,
  reached: RelayPosition,
): Promise<Position | undefined> {
  return reached.storeId === store.storeId ? reached.position : (await eventOf(reached, store))?.position;
}

/**
 * The place in this store of the last event that a relay has published, after which it goes on. It is looked up: a store
 * that was restored from an older backup has other events at its positions as soon as it has grown past them, or none. In
 * a copy of the store ids and revisions are the same, and positions are not. @throws RelayStopped where it is not
 */
export async function resumePosition(reached: RelayPosition, store: EventStore, name: string): Promise<Position> {
  const event = await eventOf(reached, store);
  if (reached.storeId !== store.storeId) return event?.position ?? refuseStore(reached, store, name);
  // Older relays did not write which event it was.
  const isHeld = reached.eventId === undefined ? await isWithin(reached, store) : event?.position === reached.position;
  if (isHeld) return reached.position;
  throw new RelayStopped(
    `relay "${name}" has published up to position ${reached.position}, but the event store, which ends at ` +
      `${(await store.head()) ?? 'its beginning'}, does not hold that event there: was an old backup restored? ` +
      'What readers have seen and the store no longer holds must be settled by hand',
  );
}

/** The event itself, not another one in its place. */
async function eventOf({ eventId, stream, revision = 0 }: RelayPosition, store: Pick<EventStore, 'readStream'>) {
  if (stream === undefined) return undefined;
  for await (const event of store.readStream(stream, { fromRevision: revision })) {
    if (event.metadata.eventId === eventId) return event;
    break;
  }
  return undefined;
}

async function isWithin({ position }: RelayPosition, store: EventStore): Promise<boolean> {
  const head = await store.head();
  return head !== undefined && store.compare(position, head) <= 0;
}

function refuseStore({ storeId }: RelayPosition, store: EventStore, name: string): never {
  throw new RelayStopped(
    `the topics hold events of event store ${storeId}, as far as relay "${name}" has come; this is ${store.storeId}, and ` +
      `the last event published is not in it: if it is a copy, run "luodi migrate-store" again until it is complete; ` +
      'else use another cluster for it, or set RELAY_NAME and EVENT_SOURCE, both to what was not used before, to publish it ' +
      'from its beginning to the same topics',
  );
}
