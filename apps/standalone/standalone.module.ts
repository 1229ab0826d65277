import { DynamicModule, Module } from '@nestjs/common';
import { Configuration } from '../../libs/runtime/configuration';
import { CommandApiModule } from '../command-api/command-api.module';
import { ProjectorModule } from '../projector/projector.module';
import { QueryApiModule } from '../query-api/query-api.module';
import { RelayModule } from '../relay/relay.module';

/** All apps in one process, behind one port; the relay where there is a Kafka to publish to. */
@Module({ imports: [CommandApiModule, ProjectorModule, QueryApiModule] })
export class StandaloneModule {
  static with({ kafkaBrokers }: Configuration): DynamicModule {
    return { module: StandaloneModule, imports: kafkaBrokers ? [RelayModule] : [] };
  }
}
