import { DynamicModule, Global, Inject, Module, OnApplicationShutdown } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import type { Logger } from 'pino';
import { createPool, Pool } from '../postgres/pool';
import { Configuration } from './configuration';
import { Health } from './health';
import { ProblemFilter } from './http/problem.filter';
import { validationPipe } from './http/validation';
import { AccessGuard } from './identity/access';
import { IDENTITY, Identity } from './identity/identity';
import { LocalIdentity } from './identity/local-identity';
import { TokenIdentity } from './identity/token-identity';
import { migrateIdentity } from './identity/tokens';
import { warningsOf } from './kafka-configuration';
import { createLog, LOG } from './logging';
import { Metrics } from './metrics';
import { OperationsController } from './operations.controller';

/** Nest token of the small pool that looks up tokens; undefined with AUTH=local. */
const IDENTITY_POOL = Symbol('IDENTITY_POOL');

/** What all apps share: the configuration, who is asking, errors as problems, health, metrics, logs. Once per process. */
@Global()
@Module({})
export class RuntimeModule implements OnApplicationShutdown {
  constructor(@Inject(IDENTITY_POOL) private readonly pool: Pool | undefined) {}

  static with(configuration: Configuration, log: Logger = createLog(configuration)): DynamicModule {
    for (const warning of warningsOf(configuration)) log.warn(warning);
    return {
      module: RuntimeModule,
      controllers: [OperationsController],
      providers: [
        { provide: Configuration, useValue: configuration },
        { provide: LOG, useValue: log },
        { provide: IDENTITY_POOL, useFactory: () => openIdentityPool(configuration) },
        { provide: IDENTITY, useFactory: identity, inject: [{ token: IDENTITY_POOL, optional: true }, Health] },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useFactory: validationPipe },
        Health,
        { provide: Metrics, useFactory: () => metrics(log) },
      ],
      exports: [Configuration, LOG, IDENTITY, Health, Metrics],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool?.end();
  }
}

function metrics(log: Logger): Metrics {
  return new Metrics({ onFailure: (gauge, error) => log.warn({ gauge, err: error }, 'a figure cannot be read') });
}

async function openIdentityPool({ auth, databaseUrl }: Configuration): Promise<Pool | undefined> {
  if (auth === 'local') return undefined;
  await migrateIdentity(databaseUrl);
  return createPool(databaseUrl, { max: 2 });
}

function identity(pool: Pool | undefined, health: Health): Identity {
  if (!pool) return new LocalIdentity();
  health.register('identity', async () => void (await pool.query('SELECT 1')));
  return new TokenIdentity(pool);
}
