import { Global, Inject, Module, OnApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../runtime/configuration';
import type { EventStore } from './event-store';
import { PostgresEventStore } from './postgres/postgres-event-store';

/** Token of the one {@link EventStore} of a process. */
export const EVENT_STORE = Symbol('EVENT_STORE');

/** Opens the event store that the configuration names, and closes it after everything that uses it. */
@Global()
@Module({
  providers: [
    {
      provide: EVENT_STORE,
      inject: [Configuration],
      useFactory: (configuration: Configuration): Promise<EventStore> =>
        PostgresEventStore.open(configuration.databaseUrl),
    },
  ],
  exports: [EVENT_STORE],
})
export class EventStoreModule implements OnApplicationShutdown {
  constructor(@Inject(EVENT_STORE) private readonly store: EventStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
