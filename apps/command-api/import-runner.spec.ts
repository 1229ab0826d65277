import { EventStore } from '../../libs/event-store/event-store';
import { ImportJobRows } from '../../libs/ledger/import-job-rows';
import { ImportJobs } from '../../libs/ledger/import-jobs';
import { PROGRAMME } from '../../test/support/read-models';
import { ImportRunner } from './import-runner';

test('an application that is asked for while its check is being put away can be stopped', async () => {
  const [isRead, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const done: string[] = [];
  let phases = 0;
  const jobs = {
    report: async () => true,
    finish: async () => void done.push('finished'),
    find: async () => {
      phases += 1;
      if (phases === 1) return void runner.start('a');
      return { id: 'a' };
    },
    writeFile: async () => {
      isRead.resolve();
      await mayGoOn.promise;
    },
  } as unknown as ImportJobs;
  const rows = { clear: async () => void done.push('begun') } as unknown as ImportJobRows;
  const runner = new ImportRunner({} as EventStore, PROGRAMME, jobs, rows);
  runner.start('a');
  await isRead.promise;
  runner.drop('a');
  mayGoOn.resolve();
  await runner.onModuleDestroy();
  expect(done).toEqual([]);
});
