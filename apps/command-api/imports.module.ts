import multipart from '@fastify/multipart';
import { Inject, Module, OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { EventStoreModule } from '../../libs/event-store/event-store.module';
import { ImportJobRows } from '../../libs/ledger/import-job-rows';
import { ImportJobs } from '../../libs/ledger/import-jobs';
import { createPool, Pool } from '../../libs/postgres/pool';
import { ProgrammeModule } from '../../libs/programme/programme.module';
import { Configuration } from '../../libs/runtime/configuration';
import { ImportRunner } from './import-runner';
import { ImportsController } from './imports.controller';

/** Nest token of the pool that keeps imports and their files. */
const IMPORTS_POOL = Symbol('IMPORTS_POOL');

/** Ledgers over HTTP → event store. */
@Module({
  imports: [EventStoreModule, ProgrammeModule],
  controllers: [ImportsController],
  providers: [
    {
      provide: IMPORTS_POOL,
      inject: [Configuration],
      useFactory: async ({ databaseUrl }: Configuration): Promise<Pool> => {
        await ImportJobs.migrate(databaseUrl);
        return createPool(databaseUrl, { max: 4 });
      },
    },
    { provide: ImportJobs, inject: [IMPORTS_POOL], useFactory: (pool: Pool) => new ImportJobs(pool) },
    { provide: ImportJobRows, inject: [IMPORTS_POOL], useFactory: (pool: Pool) => new ImportJobRows(pool) },
    ImportRunner,
  ],
})
export class ImportsModule implements OnApplicationShutdown {
  constructor(
    @Inject(IMPORTS_POOL) private readonly pool: Pool,
    @Inject(HttpAdapterHost) host: HttpAdapterHost<FastifyAdapter>,
  ) {
    // Now, for once the application starts Fastify takes no more plugins.
    void host.httpAdapter.getInstance().register(multipart, { throwFileSizeLimit: false });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
