import { existsSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { Actor } from '../../libs/audit/hash-chain';
import { EventStore } from '../../libs/event-store/event-store';
import { openEventStore } from '../../libs/event-store/open-event-store';
import { startEmbeddedPostgres } from '../../libs/postgres/embedded-postgres';
import { createPool, Pool } from '../../libs/postgres/pool';
import { loadProfile } from '../../libs/programme/load-profile';
import { Programme } from '../../libs/programme/programme';
import { Configuration, loadConfiguration } from '../../libs/runtime/configuration';

/** Options before the subcommand. */
export interface GlobalOptions {
  folder?: string;
  demo?: boolean;
  actor?: string;
  json?: boolean;
}

/** Folder that `npm start` keeps its data in, and that of `npm run demo`. */
export const DATA_FOLDER = '.luodi/data';
export const DEMO_FOLDER = '.luodi/demo';

/** Says what the user did or must do; shown without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The store a command works on, and what is open of it; everything is closed when the command ends. */
export class Session {
  private readonly closers: (() => Promise<void>)[] = [];

  constructor(
    readonly configuration: Configuration,
    readonly options: GlobalOptions,
    readonly signal: AbortSignal,
  ) {}

  async store(): Promise<EventStore> {
    const store = await openEventStore(this.configuration);
    this.closers.push(() => store.close());
    return store;
  }

  /** The programme of the profile in `file`, else of the one that PROGRAMME names. */
  programme(file = this.configuration.programme): Programme {
    return new Programme(loadProfile(file));
  }

  pool(): Pool {
    return this.own(createPool(this.configuration.databaseUrl, { max: 4 }));
  }

  /** Ends the pool with the session. */
  own<Own extends Pool>(pool: Own): Own {
    this.closers.push(() => pool.end());
    return pool;
  }

  /** Whoever may reach the database may do everything; events name the user of this machine, and that it was by command. */
  actor(): Actor {
    const user = userInfo().username;
    return {
      subject: `cli:${user}@${hostname()}`,
      name: this.options.actor ?? user,
      role: 'administrator',
      unit: 'luodi command line',
    };
  }

  async close(): Promise<void> {
    for (const closer of this.closers.splice(0).reverse()) await closer();
  }
}

/**
 * Runs `work` on the database that DATABASE_URL names, else on that of a standalone folder: as a guest when an instance
 * runs there, else starting its PostgreSQL for as long as the work takes. Ctrl-C aborts the session's signal.
 */
export async function withSession<T>(options: GlobalOptions, work: (session: Session) => Promise<T>): Promise<T> {
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort(new UsageError('interrupted'));
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const database = await openDatabase(options, interrupted.signal);
  const configuration = loadConfiguration({ ...process.env, DATABASE_URL: database.url });
  const session = new Session(configuration, options, interrupted.signal);
  try {
    return await work(session);
  } finally {
    await session.close();
    await database.stop();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

async function openDatabase(
  options: GlobalOptions,
  signal: AbortSignal,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const url = process.env.DATABASE_URL?.trim();
  const chosen = options.folder ?? (options.demo ? DEMO_FOLDER : undefined);
  if (url && !chosen) return { url, stop: async () => undefined };
  const folder = chosen ?? process.env.DATA_FOLDER ?? DATA_FOLDER;
  if (!existsSync(folder)) {
    throw new UsageError(
      `there is no data at ${folder}: start Luodi once (npm start), name its folder (--folder, or --demo for that of ` +
        'npm run demo), or set DATABASE_URL',
    );
  }
  return startEmbeddedPostgres(folder, { share: true, purpose: 'luodi command line', signal });
}
