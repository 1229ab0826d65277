import { Module } from '@nestjs/common';
import { CommandApiModule } from '../command-api/command-api.module';
import { ProjectorModule } from '../projector/projector.module';
import { QueryApiModule } from '../query-api/query-api.module';

/** All apps in one process, behind one port. */
@Module({ imports: [CommandApiModule, ProjectorModule, QueryApiModule] })
export class StandaloneModule {}
