import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabase } from '../../test/support/database';
import { Actor } from '../audit/hash-chain';
import { conferenceDecider } from '../conference/decider';
import { ConferenceCommand } from '../conference/events';
import { CommandHandler } from '../event-store/command-handler';
import { EventStore, RecordedEvent } from '../event-store/event-store';
import { PostgresEventStore } from '../event-store/postgres/postgres-event-store';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { projectDecider } from '../project/decider';
import { ProjectState } from '../project/state';
import { importLedger, ImportReport } from './import-ledger';
import { LedgerRow } from './ledger-row';
import { ledgerRowOf } from './ledger-row-of';
import { writeLedgerCsv, writeLedgerXlsx } from './write-ledger';

const ACTOR: Actor = { subject: 'demo', name: '演示', role: 'administrator', unit: '演示' };
const programme = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));

let database: { url: string; drop: () => Promise<void> };
let store: EventStore;
let folder: string;

beforeAll(async () => {
  database = await createDatabase();
  store = await PostgresEventStore.open(database.url);
  folder = await mkdtemp(join(tmpdir(), 'luodi-samples-'));
  const conference = JSON.parse(await readFile('deploy/samples/karamay-2024.json', 'utf8')) as {
    id: string;
    opening: Extract<ConferenceCommand, { type: 'OpenConference' }>['data'];
  };
  const handler = new CommandHandler(store, conferenceDecider, programme);
  const commands: ConferenceCommand[] = [{ type: 'OpenConference', data: conference.opening }];
  await handler.handle({ stream: `conference-${conference.id}`, commands, actor: ACTOR, commandId: 'open' });
});
afterAll(async () => {
  await store.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

async function run(file: string): Promise<ImportReport> {
  return importLedger({ file, name: file, store, programme, actor: ACTOR, dryRun: false });
}

const counts = ({ rows, created, changed, unchanged, refused }: ImportReport) => ({
  rows,
  created,
  changed,
  unchanged,
  refused,
});

/** What the ledger says and no event could. */
const unrecorded = ({ notes }: ImportReport) => notes.filter(({ code }) => code.startsWith('not-recorded'));

/** All projects as an export would write them. */
async function exported(): Promise<LedgerRow[]> {
  const states = new Map<string, ProjectState>();
  for await (const batch of store.readAll()) {
    for (const event of batch) {
      if (event.stream.startsWith('project-')) states.set(event.stream, fold(states.get(event.stream), event));
    }
  }
  return [...states].map(([stream, state]) => ledgerRowOf(state, stream.slice('project-'.length)));
}

function fold(state: ProjectState | undefined, { type, data, metadata }: RecordedEvent): ProjectState {
  return projectDecider.evolve(state, projectDecider.upcast({ type, data, schemaVersion: metadata.schemaVersion }));
}

/** Intents and frameworks that the follow-up tells to have become investment agreements. */
const UPGRADED = 3;

it('both samples import without a refused row, and what is exported changes nothing when it is imported', async () => {
  const signed = await run('deploy/samples/karamay-2024.xlsx');
  expect(counts(signed)).toEqual({ rows: 129, created: 129, changed: 0, unchanged: 0, refused: 0 });
  expect(unrecorded(signed)).toEqual([]);
  const followUp = await run('deploy/samples/karamay-2024-follow-up.xlsx');
  expect(counts(followUp)).toMatchObject({ created: 0, refused: 0, changed: followUp.rows });
  expect(unrecorded(followUp)).toEqual([]);
  expect(followUp.commands.SignInvestment).toBe(UPGRADED);
  for (const file of ['karamay-2024.xlsx', 'karamay-2024-follow-up.xlsx']) {
    const again = await run(`deploy/samples/${file}`);
    expect([again.unchanged, again.changed, unrecorded(again)]).toEqual([again.rows, 0, []]);
  }

  const head = await store.head();
  for (const language of ['zh', 'en'] as const) {
    const options = { language, currency: 'CNY', nameOf: programme.nameOf.bind(programme) };
    for (const [name, write] of [['xlsx', writeLedgerXlsx] as const, ['csv', writeLedgerCsv] as const]) {
      const path = join(folder, `${language}.${name}`);
      await write(await exported(), createWriteStream(path), options);
      expect(counts(await run(path))).toEqual({ rows: 129, created: 0, changed: 0, unchanged: 129, refused: 0 });
    }
  }
  expect(await store.head()).toBe(head);
});
