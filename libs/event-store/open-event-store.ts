import type { Configuration } from '../runtime/configuration';
import { EventStoreDbEventStore, EventStoreDbObserver } from './eventstoredb/eventstoredb-event-store';
import type { ReceivingStore } from './ordered-append';
import type { AppendObserver } from './postgres/appender';
import { PostgresEventStore } from './postgres/postgres-event-store';

/** What a store tells of its work; of what it does not have (transactions of appends, subscriptions) it tells nothing. */
export type StoreObserver = AppendObserver & EventStoreDbObserver;

type Choice = Pick<Configuration, 'eventStore' | 'eventStoreDbUrl' | 'databaseUrl'>;

/** Opens the event store that the configuration names: the one place that knows which there are. */
export async function openEventStore(choice: Choice, observer?: StoreObserver): Promise<ReceivingStore> {
  switch (choice.eventStore) {
    case 'postgres':
      return PostgresEventStore.open(choice.databaseUrl, { observer });
    case 'eventstoredb':
      return EventStoreDbEventStore.open(choice.eventStoreDbUrl ?? '', { observer });
  }
}
