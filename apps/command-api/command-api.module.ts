import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { EventStoreModule } from '../../libs/event-store/event-store.module';
import { ProgrammeModule } from '../../libs/programme/programme.module';
import { ConferenceCommandsController } from './conferences.controller';
import { ImportsModule } from './imports.module';
import { KnownConferences } from './known-conferences';
import { ProjectCommandsController } from './projects.controller';
import { RecordConferenceHandler } from './record-conference';
import { RecordProjectHandler } from './record-project';

/** HTTP commands and ledgers → event store. */
@Module({
  imports: [CqrsModule.forRoot(), EventStoreModule, ProgrammeModule, ImportsModule],
  controllers: [ProjectCommandsController, ConferenceCommandsController],
  providers: [RecordProjectHandler, RecordConferenceHandler, KnownConferences],
})
export class CommandApiModule {}
