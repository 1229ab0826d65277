import { randomUUID } from 'node:crypto';
import { createPool } from '../../libs/postgres/pool';

/** An empty database on the test server; `drop` removes it, whoever is still connected. */
export async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) throw new Error('TEST_DATABASE_URL is not set: run under jest, whose global setup starts a PostgreSQL');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await run(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function run(url: string, sql: string): Promise<void> {
  const pool = createPool(url, { max: 1 });
  try {
    await pool.query(sql);
  } finally {
    await pool.end();
  }
}
