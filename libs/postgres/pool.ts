import { Client, ClientConfig, Pool, PoolConfig } from 'pg';

export { Pool } from 'pg';
export type { Client, PoolClient, ClientBase, Notification, QueryConfig, QueryResult } from 'pg';

/** A pool of connections. `url` is `postgres://user:password@host:port/database`; nothing is connected until first use. */
export function createPool(url: string, options: Omit<PoolConfig, 'connectionString'> = {}): Pool {
  const pool = new Pool({ connectionString: url, application_name: 'luodi', max: 10, ...options });
  // An idle connection that breaks is replaced on next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  // So is one that breaks in the hands of its user, whose next statement fails.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** One connection by itself, for LISTEN; it emits `end` when it is lost. Nothing is connected before `connect()`. */
export function createClient(url: string, options: Omit<ClientConfig, 'connectionString'> = {}): Client {
  const client = new Client({ connectionString: url, application_name: 'luodi', keepAlive: true, ...options });
  // Its loss is told by `end` as well; without a listener it would end the process.
  client.on('error', () => undefined);
  return client;
}
