import { BeforeApplicationShutdown, Inject, Logger, Module, OnApplicationBootstrap } from '@nestjs/common';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../../libs/event-store/event-store.module';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME, ProgrammeModule } from '../../libs/programme/programme.module';
import { createProjectionPool } from '../../libs/read-models/projection-pool';
import { Configuration } from '../../libs/runtime/configuration';
import { Health } from '../../libs/runtime/health';
import { Metrics } from '../../libs/runtime/metrics';
import { RunningProjector } from './running-projector';

/** Event store → read models: follows from start to shutdown, and finishes the batch at work. */
@Module({
  imports: [EventStoreModule, ProgrammeModule],
  providers: [
    {
      provide: RunningProjector,
      inject: [Configuration, EVENT_STORE, PROGRAMME],
      useFactory: ({ databaseUrl }: Configuration, store: EventStore, programme: Programme): RunningProjector =>
        new RunningProjector(createProjectionPool(databaseUrl), store, programme, new Logger('projector')),
    },
  ],
})
export class ProjectorModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(RunningProjector) private readonly projector: RunningProjector,
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    const { projector, metrics } = this;
    this.health.register('projector', () => projector.check());
    metrics.gauge('luodi_projection_lag_events', 'Events that the read models do not hold yet', async () => {
      return (await projector.status()).eventsBehind;
    });
    metrics.gauge('luodi_projection_lag_seconds', 'Age of the oldest event they do not hold yet', async () => {
      return (await projector.status()).secondsBehind;
    });
    metrics.gauge('luodi_parked_streams', 'Streams whose events cannot be projected', async () => {
      return (await projector.status()).parked;
    });
    projector.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.projector.stop();
  }
}
