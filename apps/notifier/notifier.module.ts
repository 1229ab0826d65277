import { DynamicModule, Inject, Logger, Module, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { createPool, Pool } from '../../libs/postgres/pool';
import { Configuration } from '../../libs/runtime/configuration';
import { Health } from '../../libs/runtime/health';
import { Metrics } from '../../libs/runtime/metrics';
import { DeadLetterTopic } from './dead-letter-topic';
import { countDeadLetters } from './dead-letters';
import { Deliverer } from './deliverer';
import { countPending } from './deliveries';
import { migrateNotifier } from './migrate-notifier';
import { NOTIFIER_POOL, NOTIFIER_SETTINGS } from './notifier-tokens';
import { ProjectEventsConsumer } from './project-events.consumer';
import type { NotifierSettings } from './settings';
import { SubscriptionsController } from './subscriptions.controller';

/** Events of projects → webhooks, by way of a table; and who is subscribed to what. */
@Module({})
export class NotifierModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(NOTIFIER_POOL) private readonly pool: Pool,
    @Inject(Deliverer) private readonly deliverer: Deliverer,
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
  ) {}

  static with(settings: NotifierSettings): DynamicModule {
    return {
      module: NotifierModule,
      controllers: [ProjectEventsConsumer, SubscriptionsController],
      providers: [
        { provide: NOTIFIER_SETTINGS, useValue: settings },
        { provide: NOTIFIER_POOL, useFactory: openPool, inject: [Configuration] },
        {
          provide: Deliverer,
          inject: [NOTIFIER_POOL, Metrics],
          useFactory: (pool: Pool, metrics: Metrics) => deliverer(pool, settings, metrics),
        },
        DeadLetterTopic,
      ],
    };
  }

  onApplicationBootstrap(): void {
    const { pool, deliverer, health, metrics } = this;
    health.register('deliveries', () => deliverer.loop.check());
    metrics.gauge('luodi_notifier_pending_deliveries', 'Deliveries still to be made', () => countPending(pool));
    metrics.gauge('luodi_notifier_dead_letters', 'What was given up and not retried', () => countDeadLetters(pool));
    deliverer.loop.start();
  }

  /** After the consumer, which Nest closes before this, so that nothing is taken over any more. */
  async onApplicationShutdown(): Promise<void> {
    await this.deliverer.stop();
    await this.pool.end();
  }
}

async function openPool({ databaseUrl }: Configuration): Promise<Pool> {
  await migrateNotifier(databaseUrl);
  return createPool(databaseUrl);
}

function deliverer(pool: Pool, settings: NotifierSettings, metrics: Metrics): Deliverer {
  const calls = metrics.histogram('luodi_notifier_call_duration_seconds', 'Duration of calls of webhooks', {
    labels: ['outcome'],
  });
  const logger = new Logger('deliverer');
  return new Deliverer({ pool, settings, logger, onCall: (outcome, seconds) => calls.observe({ outcome }, seconds) });
}
