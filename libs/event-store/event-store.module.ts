import { Global, Inject, Logger, Module, OnApplicationShutdown } from '@nestjs/common';
import { Configuration } from '../runtime/configuration';
import { Metrics } from '../runtime/metrics';
import type { EventStore } from './event-store';
import { openEventStore, StoreObserver } from './open-event-store';

/** Token of the one {@link EventStore} of a process. */
export const EVENT_STORE = Symbol('EVENT_STORE');

/** Opens the event store that the configuration names, and closes it after everything that uses it. */
@Global()
@Module({
  providers: [
    {
      provide: EVENT_STORE,
      inject: [Configuration, { token: Metrics, optional: true }],
      useFactory: (configuration: Configuration, metrics?: Metrics): Promise<EventStore> =>
        openEventStore(configuration, metrics && observe(metrics)),
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

function observe(metrics: Metrics): StoreObserver {
  const logger = new Logger('event store');
  const latency = metrics.histogram('luodi_append_duration_seconds', 'Time from an append to its answer');
  const size = metrics.histogram('luodi_append_batch_size', 'Appends that shared a transaction', {
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
  });
  const resubscriptions = metrics.counter('luodi_event_store_resubscriptions_total', 'Subscriptions that had ended');
  const stalls = metrics.counter('luodi_event_store_stalls_total', 'Subscriptions that lived and brought nothing');
  return {
    appended: (seconds) => latency.observe(seconds),
    committed: (appends) => size.observe(appends),
    resubscribed: ({ message }) => {
      resubscriptions.inc();
      logger.warn(`following the store anew: ${message}`);
    },
    stalled: (seconds) => {
      stalls.inc();
      logger.error(`a subscription brought nothing for ${seconds} s though there are events; following the store anew`);
    },
  };
}
