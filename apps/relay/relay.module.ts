import { BeforeApplicationShutdown, Inject, Logger, Module, OnApplicationBootstrap } from '@nestjs/common';
import type { Logger as Log } from 'pino';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../../libs/event-store/event-store.module';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME, ProgrammeModule } from '../../libs/programme/programme.module';
import { Configuration } from '../../libs/runtime/configuration';
import { Health } from '../../libs/runtime/health';
import { LOG } from '../../libs/runtime/logging';
import { Metrics } from '../../libs/runtime/metrics';
import { kafkaAccessOf } from '../../libs/topics/kafka-access';
import { KafkaJs } from '../../libs/topics/kafkajs/kafkajs-kafka';
import { originOf } from '../../libs/topics/origin';
import { RelayObserver } from '../../libs/topics/relay';
import { RunningRelay } from './running-relay';

/** Event store → Kafka, every event once and in order, from start to shutdown. Needs KAFKA_BROKERS. */
@Module({
  imports: [EventStoreModule, ProgrammeModule],
  providers: [
    {
      provide: RunningRelay,
      inject: [Configuration, EVENT_STORE, PROGRAMME, LOG, Metrics],
      useFactory: createRelay,
    },
  ],
})
export class RelayModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(RunningRelay) private readonly relay: RunningRelay,
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  onApplicationBootstrap(): void {
    const { relay, metrics } = this;
    this.health.register('relay', () => relay.check());
    metrics.gauge('luodi_relay_lag_events', 'Events that are not in the topics yet', async () => {
      return (await relay.lag()).events;
    });
    metrics.gauge('luodi_relay_lag_seconds', 'Age of the oldest event that is not in the topics yet', async () => {
      return (await relay.lag()).seconds;
    });
    metrics.gauge('luodi_relay_stopped', '1 when the relay cannot go on: see the log', () => Number(relay.needsHelp));
    relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}

function createRelay(
  configuration: Configuration,
  store: EventStore,
  programme: Programme,
  ...[log, metrics]: [Log, Metrics]
): RunningRelay {
  const { relayName: name, kafkaPartitions, kafkaReplicationFactor, kafkaRetentionDays } = configuration;
  const kafka = new KafkaJs(kafkaAccessOf(configuration), (level, message, fields) => log[level](fields, message));
  const topics = {
    partitions: kafkaPartitions,
    replicationFactor: kafkaReplicationFactor,
    retentionDays: kafkaRetentionDays,
  };
  const origin = originOf(configuration, programme.id);
  return new RunningRelay(kafka, { name, store, origin, topics }, counted(metrics), new Logger('relay'));
}

function counted(metrics: Metrics): RelayObserver {
  const events = metrics.counter('luodi_relay_events_total', 'Events published');
  const messages = metrics.counter('luodi_relay_messages_total', 'Messages published, positions included');
  const transactions = metrics.histogram('luodi_relay_transaction_duration_seconds', 'Duration of transactions');
  const failures = metrics.counter('luodi_relay_failures_total', 'Transactions and starts that failed', ['error']);
  return {
    onPublished: (published) => {
      events.inc(published.events);
      messages.inc(published.messages);
      transactions.observe(published.seconds);
    },
    onRetry: (error) => failures.inc({ error: error instanceof Error ? error.name : 'unknown' }),
  };
}
