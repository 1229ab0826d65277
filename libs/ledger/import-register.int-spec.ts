import { createDatabase } from '../../test/support/database';
import { Actor } from '../audit/hash-chain';
import { EventStore } from '../event-store/event-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { importLedger, ImportReport } from './import-ledger';
import { loadMapping } from './mapping';

const ACTOR: Actor = { subject: 'test', name: 'Test', role: 'administrator', unit: 'test' };

jest.setTimeout(120_000);

describe('two snapshots of a public register', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: EventStore;

  beforeAll(async () => {
    database = await createDatabase();
    store = await PostgresEventStore.open(database.url);
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  async function importSnapshot(name: string, recordedAt: string, dryRun = false): Promise<ImportReport> {
    return importLedger({
      file: `test/data/${name}`,
      name,
      store,
      programme: new Programme(loadProfile('deploy/programmes/uk-renewables.json')),
      mapping: await loadMapping('deploy/mappings/uk-repd.json'),
      actor: ACTOR,
      backfill: { recordedAt, source: name },
      dryRun,
    });
  }

  test('2021', async () => {
    for (const [n, d] of [
      ['repd-2021-q2.csv.gz', '2021-06-30T22:59:59.000Z'],
      ['repd-2021-q2.csv.gz', '2021-06-30T22:59:59.000Z'],
      ['repd-2024-q2.csv.gz', '2024-07-31T22:59:59.000Z'],
      ['repd-2024-q2.csv.gz', '2024-07-31T22:59:59.000Z'],
    ] as const) {
      const r = await importSnapshot(n, d);
      process.stderr.write(JSON.stringify(r, null, 1) + '\n');
    }
  });
});
