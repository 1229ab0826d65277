import { loadConfiguration } from '../../libs/runtime/configuration';
import { startHttp } from '../../libs/runtime/http-server';
import { QueryApiModule } from './query-api.module';

startHttp(QueryApiModule, { configuration: loadConfiguration(process.env), title: 'Luodi: queries' }).then(
  ({ url }) => process.stdout.write(`query-api listens on ${url}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
