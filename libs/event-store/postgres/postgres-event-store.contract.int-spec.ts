import { createDatabase } from '../../../test/support/database';
import { describeEventStore } from '../event-store.contract';
import { describeOrderedAppend } from '../ordered-append.contract';
import { PostgresEventStore } from './postgres-event-store';

const database = createDatabase();
afterAll(async () => (await database).drop());

describeEventStore('the PostgreSQL event store', async () => PostgresEventStore.open((await database).url));
describeOrderedAppend('the PostgreSQL event store', async () => PostgresEventStore.open((await database).url));
