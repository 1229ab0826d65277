import { createWriteStream } from 'node:fs';
import { Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { EventStore } from '../../libs/event-store/event-store';
import { LedgerRow } from '../../libs/ledger/ledger-row';
import { ledgerRowOf } from '../../libs/ledger/ledger-row-of';
import { writeLedgerCsv, writeLedgerXlsx } from '../../libs/ledger/write-ledger';
import { Pool } from '../../libs/postgres/pool';
import { civilDateAt } from '../../libs/project/civil-date';
import { projectStates } from '../../libs/read-models/project-states.query';
import { createProjectionPool } from '../../libs/read-models/projection-pool';
import { project } from '../../libs/read-models/projector';
import { projectorStatus } from '../../libs/read-models/projector-status';
import { Visibility } from '../../libs/read-models/wait-for';
import { count, printJson } from './output';
import { showProgress } from './progress';
import { GlobalOptions, Session, withSession } from './session';

interface Options {
  format?: 'xlsx' | 'csv';
  output?: string;
  language: 'zh' | 'en';
}

const WRITERS = { xlsx: writeLedgerXlsx, csv: writeLedgerCsv };
/** Long enough for a store of millions of events that has no read models yet. */
const CATCH_UP_MS = 3_600_000;

/** `luodi export`: all projects as a ledger that `luodi import` reads back without a change. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write all projects as a ledger 导出台账')
    .addOption(
      new Option('--format <format>', 'by the name of the file when missing, else xlsx').choices(['xlsx', 'csv']),
    )
    .option('-o, --output <file>', 'where to; - is the standard output (default: projects-<today>.<format>)')
    .addOption(new Option('--language <language>', 'of headers and names').choices(['zh', 'en']).default('zh'))
    .action((options: Options, self: Command) =>
      withSession(self.optsWithGlobals<GlobalOptions>(), (session) => run(session, options)),
    );
}

async function run(session: Session, { output, language, ...options }: Options): Promise<void> {
  const programme = session.programme();
  const today = civilDateAt(new Date(), programme.timeZone);
  const format = options.format ?? (output?.toLowerCase().endsWith('.csv') ? 'csv' : 'xlsx');
  const file = output ?? `projects-${today}.${format}`;
  const store = await session.store();
  const pool = session.pool();
  await catchUp(session, store, pool);
  const rows = new CountedRows(pool);
  await WRITERS[format](rows, file === '-' ? standardOutput() : createWriteStream(file), {
    language,
    currency: programme.currency,
    title: `${programme.name[language]} · ${today}`,
    nameOf: (kind, code) => programme.nameOf(kind, code),
  });
  if (file === '-') return;
  if (session.options.json) printJson({ file, projects: rows.count });
  else console.log(`${file}: ${count(rows.count)} projects 个项目`);
}

/** Where no projector runs, what was recorded last is not in the read models yet. */
async function catchUp(session: Session, store: EventStore, pool: Pool): Promise<void> {
  const { eventsBehind } = await projectorStatus(pool, store);
  const head = await store.head();
  if (eventsBehind === 0 || head === undefined) return;
  const progress = showProgress('Reading events 读取事件', 'events');
  progress.update({ done: 0, total: eventsBehind });
  const projection = session.own(createProjectionPool(session.configuration.databaseUrl));
  const stop = new AbortController();
  const visibility = new Visibility(session.configuration.databaseUrl, pool, store);
  const projecting = project(
    { pool: projection, store, programme: session.programme() },
    AbortSignal.any([stop.signal, session.signal]),
  );
  try {
    // A projector only ends before its time with an error, or because of Ctrl-C.
    await Promise.race([visibility.waitFor(head, CATCH_UP_MS), projecting]);
    session.signal.throwIfAborted();
  } finally {
    stop.abort();
    await projecting;
    await visibility.close();
  }
  progress.update({ done: eventsBehind, total: eventsBehind });
  progress.end();
}

class CountedRows implements AsyncIterable<LedgerRow> {
  count = 0;
  constructor(private readonly pool: Pool) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<LedgerRow> {
    for await (const { id, state } of projectStates(this.pool, {})) {
      this.count += 1;
      yield ledgerRowOf(state, id);
    }
  }
}

/** Writers end their stream; the standard output stays open for what comes after. */
function standardOutput(): Writable {
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void process.stdout.write(chunk, done),
  });
}
