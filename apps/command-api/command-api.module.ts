import { Inject, Module, OnModuleInit } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE, EventStoreModule } from '../../libs/event-store/event-store.module';
import { KnownConferences } from '../../libs/event-store/known-conferences';
import { ProgrammeModule } from '../../libs/programme/programme.module';
import { Health } from '../../libs/runtime/health';
import { ConferenceCommandsController } from './conferences.controller';
import { ImportsModule } from './imports.module';
import { ProjectCommandsController } from './projects.controller';
import { RecordConferenceHandler } from './record-conference';
import { RecordProjectHandler } from './record-project';

/** HTTP commands and ledgers → event store. */
@Module({
  imports: [CqrsModule.forRoot(), EventStoreModule, ProgrammeModule, ImportsModule],
  controllers: [ProjectCommandsController, ConferenceCommandsController],
  providers: [
    RecordProjectHandler,
    RecordConferenceHandler,
    {
      provide: KnownConferences,
      inject: [EVENT_STORE],
      useFactory: (store: EventStore) => new KnownConferences(store),
    },
  ],
})
export class CommandApiModule implements OnModuleInit {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(Health) private readonly health: Health,
  ) {}

  onModuleInit(): void {
    this.health.register('event-store', async () => void (await this.store.head()));
  }
}
