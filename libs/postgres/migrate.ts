import { runner } from 'node-pg-migrate';
import { createPool } from './pool';

/**
 * Brings one schema of a database to its newest version: runs the SQL files of `dir` that have not run yet, in one
 * transaction, behind an advisory lock (several processes may start at once). The schema is created when missing.
 */
export async function migrate(url: string, schema: string, dir: string): Promise<void> {
  const pool = createPool(url, { max: 1 });
  const client = await pool.connect();
  try {
    await client.query('SET client_min_messages TO warning');
    await runner({
      dbClient: client,
      dir,
      schema,
      createSchema: true,
      migrationsTable: 'migrations',
      direction: 'up',
      advisoryLockMode: 'wait',
      logger: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    });
  } finally {
    client.release();
    await pool.end();
  }
}

/** What a failed migration says is in the error it throws; its progress is nobody's business. */
function ignore(): void {}
