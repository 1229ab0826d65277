import { Global, Module } from '@nestjs/common';
import { Configuration } from '../runtime/configuration';
import { loadProfile } from './load-profile';
import { Programme } from './programme';

/** Token of the one {@link Programme} of a process. */
export const PROGRAMME = Symbol('PROGRAMME');

/** Loads the programme profile that the configuration names. A profile that is wrong stops the start with a ProfileError. */
@Global()
@Module({
  providers: [
    {
      provide: PROGRAMME,
      inject: [Configuration],
      useFactory: (configuration: Configuration): Programme => new Programme(loadProfile(configuration.programme)),
    },
  ],
  exports: [PROGRAMME],
})
export class ProgrammeModule {}
