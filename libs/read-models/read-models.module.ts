import { BeforeApplicationShutdown, Global, Inject, Module, OnApplicationShutdown } from '@nestjs/common';
import type { EventStore } from '../event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../event-store/event-store.module';
import { createPool, Pool } from '../postgres/pool';
import { Configuration } from '../runtime/configuration';
import { Visibility } from './wait-for';

/** Token of {@link ReadModels}. */
export const READ_MODELS = Symbol('READ_MODELS');

/** The pool that all queries of this lib take first, and the way to wait for a position. */
export interface ReadModels {
  pool: Pool;
  visibility: Visibility;
}

@Global()
@Module({
  imports: [EventStoreModule],
  providers: [
    {
      provide: READ_MODELS,
      inject: [Configuration, EVENT_STORE],
      useFactory: ({ databaseUrl }: Configuration, store: EventStore): ReadModels => {
        const pool = createPool(databaseUrl);
        return { pool, visibility: new Visibility(databaseUrl, pool, store) };
      },
    },
  ],
  exports: [READ_MODELS],
})
export class ReadModelsModule implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(@Inject(READ_MODELS) private readonly readModels: ReadModels) {}

  /** Whoever waits gets an answer before the server waits for running requests. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.readModels.visibility.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.readModels.pool.end();
  }
}
