import { BeforeApplicationShutdown, Inject, Logger, Module, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger as Log } from 'pino';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../../libs/event-store/event-store.module';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME, ProgrammeModule } from '../../libs/programme/programme.module';
import { createProjectionPool } from '../../libs/read-models/projection-pool';
import { Configuration, ConfigurationError } from '../../libs/runtime/configuration';
import { Health } from '../../libs/runtime/health';
import { LOG } from '../../libs/runtime/logging';
import { Metrics } from '../../libs/runtime/metrics';
import { kafkaAccessOf } from '../../libs/topics/kafka-access';
import { KafkaJsGroups } from '../../libs/topics/kafkajs/kafkajs-groups';
import { originOf } from '../../libs/topics/origin';
import { RunningProjector, Topics } from './running-projector';
import { TopicSource } from './topic-source';

/** Event store, or topics → read models: follows from start to shutdown, and finishes the batch at work. */
@Module({
  imports: [EventStoreModule, ProgrammeModule],
  providers: [
    {
      provide: RunningProjector,
      inject: [Configuration, EVENT_STORE, PROGRAMME, LOG],
      useFactory: createProjector,
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

function createProjector(
  configuration: Configuration,
  store: EventStore,
  programme: Programme,
  log: Log,
): RunningProjector {
  const logger = new Logger('projector');
  const pool = createProjectionPool(configuration.databaseUrl);
  const topics =
    configuration.projectorSource === 'topic' ? topicsOf(configuration, { store, programme, log, logger }) : {};
  return new RunningProjector({ pool, store, programme, ...topics }, logger);
}

interface Surroundings {
  store: EventStore;
  programme: Programme;
  log: Log;
  logger: Logger;
}

function topicsOf(configuration: Configuration, { store, programme, log, logger }: Surroundings): Topics {
  const { kafkaBrokers, projectorGroup: group, relayName: relay } = configuration;
  if (!kafkaBrokers) {
    throw new ConfigurationError(['KAFKA_BROKERS is missing: PROJECTOR_SOURCE=topic takes the events from Kafka']);
  }
  const kafka = new KafkaJsGroups(kafkaAccessOf(configuration), (level, text, fields) => log[level](fields, text));
  const { source } = originOf(configuration, programme.id);
  const onUnreadable = (text: string): void => logger.warn(`passed over: ${text}`);
  return { kafka, topic: new TopicSource({ kafka, store, group, relay, source, onUnreadable }) };
}
