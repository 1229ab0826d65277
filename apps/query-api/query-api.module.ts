import { Inject, Module, OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { EventStoreModule } from '../../libs/event-store/event-store.module';
import { ProgrammeModule } from '../../libs/programme/programme.module';
import { ReadModelsModule } from '../../libs/read-models/read-models.module';
import { conditionalGet } from './conditional-get';
import { ConferencesController } from './conferences.controller';
import { ExportsController } from './exports.controller';
import { FeedController, FeedTiming } from './feed.controller';
import { LandingPage, LandingPageController } from './landing-page.controller';
import { OpenFeeds } from './open-feeds';
import { ProgrammeController } from './programme.controller';
import { ProjectsController } from './projects.controller';
import { Reading } from './reading';
import { SchemasController } from './schemas.controller';
import { StatisticsController } from './statistics.controller';
import { StatusController } from './status.controller';

/** Read models → HTTP; the audit trail and the feed come from the event store itself. */
@Module({
  imports: [EventStoreModule, ProgrammeModule, ReadModelsModule],
  controllers: [
    ProjectsController,
    ConferencesController,
    StatisticsController,
    ProgrammeController,
    FeedController,
    ExportsController,
    StatusController,
    SchemasController,
    LandingPageController,
  ],
  providers: [Reading, OpenFeeds, FeedTiming, LandingPage],
})
export class QueryApiModule implements OnModuleInit {
  constructor(@Inject(HttpAdapterHost) private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onSend', conditionalGet);
  }
}
