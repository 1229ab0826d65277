import { openEventStoreDb } from '../../../test/support/eventstoredb/server';
import { describeEventStore } from '../event-store.contract';
import { EventStoreDbEventStore } from './eventstoredb-event-store';

const server = openEventStoreDb();
afterAll(async () => (await server).stop());

describeEventStore('the EventStoreDB event store', async () =>
  EventStoreDbEventStore.open((await server).url, { prefixes: ['test-'] }),
);
