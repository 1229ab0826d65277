import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { compareStores, Comparison, isFaithful } from '../../libs/event-store/compare-stores';
import { Migration, migrateStore, MigrationRefused } from '../../libs/event-store/migrate-store';
import { openEventStore } from '../../libs/event-store/open-event-store';
import { ReceivingStore } from '../../libs/event-store/ordered-append';
import { startEmbeddedPostgres } from '../../libs/postgres/embedded-postgres';
import { explain } from '../../libs/runtime/explain';
import { count, printJson } from './output';
import { showProgress } from './progress';
import { GlobalOptions, UsageError } from './session';
import { printBroken } from './verify.command';

interface Options {
  from: string;
  to: string;
  verifyOnly?: boolean;
}

/** What became of it, as `--json` prints it. */
interface Report extends Comparison, Migration {
  from: string;
  to: string;
  /** Written to the source since, and not copied. */
  newer: number;
}

const PLACE = 'postgres://…, esdb://…, esdb+discover://…, a data folder, or env:NAME for what that variable holds';

/** `luodi migrate-store --from … --to …`: exit code 1 when the copy is not the same as the source. */
export function migrateStoreCommand(): Command {
  return new Command('migrate-store')
    .description('copy all events into another event store, or go on copying, and verify 迁移事件库')
    .requiredOption('--from <store>', PLACE)
    .requiredOption('--to <store>', 'the same; empty, or with what an earlier run has copied')
    .option('--verify-only', 'only compare the two; nothing is written 仅校验')
    .action((options: Options, self: Command) => run(options, self.optsWithGlobals<GlobalOptions>()));
}

async function run(options: Options, { json }: GlobalOptions): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = () =>
    interrupted.abort(new UsageError('interrupted: run the same command again, and it goes on where it has stopped'));
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const opened: Opened[] = [];
  try {
    for (const option of ['from', 'to'] as const) opened.push(await open(option, options[option], interrupted.signal));
    const [from, to] = opened.map(({ store }) => store) as [ReceivingStore, ReceivingStore];
    const report = await migrate({ from, to, signal: interrupted.signal }, options.verifyOnly === true);
    if (json) printJson(report);
    else print(report, options.verifyOnly === true);
    if (!isFaithful(report)) process.exitCode = 1;
  } catch (error) {
    throw error instanceof MigrationRefused ? new UsageError(error.message, { cause: error }) : error;
  } finally {
    for (const { close } of opened.reverse()) await close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

interface Stores {
  from: ReceivingStore;
  to: ReceivingStore;
  signal: AbortSignal;
}

async function migrate(stores: Stores, verifyOnly: boolean): Promise<Report> {
  const { from, to } = stores;
  const migration = verifyOnly ? { found: 0, copied: 0, upTo: await from.head() } : await copy(stores);
  const progress = showProgress('Verifying 校验', 'events');
  const comparison = await compareStores({
    ...stores,
    upTo: migration.upTo,
    onProgress: (done) => progress.update(done),
  });
  progress.update({ done: comparison.events, total: comparison.events });
  progress.end();
  const { events: newer } = await from.backlog(migration.upTo);
  return { from: from.storeId, to: to.storeId, ...migration, ...comparison, newer };
}

async function copy(stores: Stores): Promise<Migration> {
  const progress = showProgress('Copying 复制', 'events');
  const migration = await migrateStore({
    ...stores,
    onProgress: ({ phase, done, total, position }) =>
      progress.update({
        done,
        total,
        text: phase === 'finding' ? 'finding where it stopped 查找断点' : `position ${position ?? '–'}`,
      }),
  });
  const done = migration.found + migration.copied;
  progress.update({ done, total: done, text: `position ${migration.upTo ?? '–'}` });
  progress.end();
  return migration;
}

function print(report: Report, verifyOnly: boolean): void {
  const { events, streams, broken, found, copied, upTo, newer, from, to } = report;
  if (!verifyOnly) console.log(`${count(copied)} events copied 已复制, ${count(found)} were there before 原有.`);
  console.log(`${to}: ${count(events)} events in ${count(streams)} streams, ${count(broken.length)} broken.`);
  if (isFaithful(report)) {
    console.log(`The same as ${from} up to position ${upTo ?? '–'}: every event, every hash, the order. 与源库一致。`);
  } else {
    printDifferences(report);
  }
  if (newer > 0) {
    console.log(`${count(newer)} events were written to the source after that 源库有新事件: run this command again.`);
  }
  if (!verifyOnly) console.log(NEXT_STEPS);
}

function printDifferences({ broken, missing, strange, displaced }: Report): void {
  if (broken.length > 0) {
    console.log('Broken chains 哈希链断裂 (luodi verify tells whether the source has them too):');
    printBroken(broken);
  }
  if (missing > 0) console.log(`${count(missing)} events of the source are missing 缺失: run without --verify-only.`);
  if (strange > 0) console.log(`${count(strange)} events are not in the source 多余: somebody else has written here.`);
  if (displaced > 0) {
    console.log(
      `${count(displaced)} events stand elsewhere in the whole store than in the source 全局顺序不同 (each stream is in ` +
        'order): a relay may go on here only if it had published everything. Copying into an empty store puts it right.',
    );
  }
}

const NEXT_STEPS = `To switch 切换步骤:
  1. Stop whatever writes to the source, let the relay catch up (luodi_relay_lag_events 0), and run this command again.
  2. Set EVENT_STORE, and EVENTSTOREDB_URL or DATABASE_URL, to the new store.
  3. luodi rebuild: positions differ, so the read models are built anew. The relay goes on by the id of its last event.`;

interface Opened {
  store: ReceivingStore;
  close: () => Promise<void>;
}

async function open(option: 'from' | 'to', value: string, signal: AbortSignal): Promise<Opened> {
  const place = placeOf(option, value);
  try {
    if (/^esdb(\+discover)?:\/\//.test(place)) {
      return closable(await openEventStore({ eventStore: 'eventstoredb', eventStoreDbUrl: place, databaseUrl: '' }));
    }
    if (/^postgres(ql)?:\/\//.test(place)) {
      return closable(await openEventStore({ eventStore: 'postgres', databaseUrl: place }));
    }
    if (existsSync(place)) return await openFolder(place, signal);
  } catch (error) {
    const [said = ''] = explain(error).split(/\n {4}at /);
    throw new UsageError(said.replaceAll(/DATABASE_URL|EVENTSTOREDB_URL/g, `--${option}`), { cause: error });
  }
  // The value may hold a password, if only a mistyped scheme.
  throw new UsageError(
    `--${option} must be ${PLACE}; a folder that is not there yet is made by npm start with DATA_FOLDER`,
  );
}

function placeOf(option: string, value: string): string {
  const [, variable] = /^env:(\w+)$/.exec(value) ?? [];
  if (variable === undefined) return value;
  const place = process.env[variable]?.trim();
  if (!place) throw new UsageError(`--${option}: ${variable} is not set`);
  return place;
}

async function openFolder(folder: string, signal: AbortSignal): Promise<Opened> {
  const postgres = await startEmbeddedPostgres(folder, { share: true, purpose: 'luodi migrate-store', signal });
  try {
    const { store, close } = closable(await openEventStore({ eventStore: 'postgres', databaseUrl: postgres.url }));
    return { store, close: () => close().then(() => postgres.stop()) };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

function closable(store: ReceivingStore): Opened {
  return { store, close: () => store.close() };
}
