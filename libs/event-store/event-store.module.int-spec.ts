import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase } from '../../test/support/database';
import { newStream, nextAppend } from '../../test/support/tally';
import { Configuration } from '../runtime/configuration';
import { Metrics } from '../runtime/metrics';
import type { EventStore } from './event-store';
import { EVENT_STORE, EventStoreModule } from './event-store.module';

let database: Awaited<ReturnType<typeof createDatabase>>;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => database.drop());

function root(...providers: object[]) {
  const configuration = Object.assign(new Configuration(), { databaseUrl: database.url });
  const all = [{ provide: Configuration, useValue: configuration }, ...providers] as { provide: unknown }[];
  @Global()
  @Module({
    imports: [EventStoreModule],
    providers: all as never[],
    exports: all.map(({ provide }) => provide) as never[],
  })
  class Root {}
  return Root;
}

test('the store is opened with the application, counts its appends, and is closed with it', async () => {
  const metrics = new Metrics();
  const app = await NestFactory.createApplicationContext(root({ provide: Metrics, useValue: metrics }), {
    logger: false,
  });
  const store = app.get<EventStore>(EVENT_STORE);
  await Promise.all(Array.from({ length: 8 }, () => store.append(nextAppend(newStream()).request)));
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/^luodi_append_duration_seconds_count 8$/m);
  expect(text).toMatch(/^luodi_append_batch_size_sum 8$/m);
  expect(text).toMatch(/^luodi_append_batch_size_count 2$/m);
  await app.close();
  await expect(store.append(nextAppend(newStream()).request)).rejects.toThrow('closed');
});

test('metrics are not a must', async () => {
  const app = await NestFactory.createApplicationContext(root(), { logger: false });
  expect(await app.get<EventStore>(EVENT_STORE).head()).toBeUndefined();
  await app.close();
});
