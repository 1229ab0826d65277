import { readConnectionString } from '../../../libs/event-store/eventstoredb/connection-string';
import { EventStoreDbDouble, startEventStoreDbDouble } from './double';

/** An EventStoreDB for tests: the real one that EVENTSTOREDB_URL names, else the double. */
export interface TestServer {
  url: string;
  /** Undefined for a real server. */
  double: EventStoreDbDouble | undefined;
  stop(): Promise<void>;
}

/** Says which it is, so that nobody takes a run against the double for more than it is. */
export async function openEventStoreDb(): Promise<TestServer> {
  const url = process.env.EVENTSTOREDB_URL?.trim();
  if (url) {
    process.stderr.write(`EventStoreDB: the server at ${readConnectionString(url).hosts}\n`);
    return { url, double: undefined, stop: async () => undefined };
  }
  process.stderr.write('EventStoreDB: the test double (EVENTSTOREDB_URL names no server)\n');
  const double = await startEventStoreDbDouble();
  return { url: double.url, double, stop: () => double.stop() };
}
