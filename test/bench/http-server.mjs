// The command-api in a process of its own, with its store or (argument "none") with one that forgets everything at once.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { PostgresEventStore } = require('../../dist/libs/event-store/postgres/postgres-event-store.js');
const { CommandApiModule } = require('../../dist/apps/command-api/command-api.module.js');
const { startHttp } = require('../../dist/libs/runtime/http-server.js');
const { loadConfiguration } = require('../../dist/libs/runtime/configuration.js');

if (process.argv[2] === 'none') {
  let position = 0;
  PostgresEventStore.open = async () => ({
    storeId: 'none',
    append: async ({ expectedRevision, events }) => ({
      revision: expectedRevision + events.length,
      position: String((position += events.length)),
    }),
    readStreams: async (streams) => new Map(streams.map((stream) => [stream, []])),
    close: async () => {},
  });
}
const configuration = loadConfiguration({ ...process.env, AUTH: 'local', PORT: '0', LOG_LEVEL: 'error' });
const { url } = await startHttp(CommandApiModule, { configuration });
process.send(url);
