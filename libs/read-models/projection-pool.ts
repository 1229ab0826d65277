import { createPool, Pool } from '../postgres/pool';

/** Connections of a projector. Ending it ends both. */
export interface ProjectionPool extends Pool {
  /** Sends the statements of a transaction in one go: for small batches, whose time is mostly the way there and back. */
  readonly pipelined: Pool;
}

/**
 * What a lost server takes with it is folded again, from the checkpoint that it took as well: so no commit waits for the disk.
 * Plans are made once per connection, maybe while the tables are empty; so they may only use the indexes.
 */
const SESSION_SETTINGS = [
  'synchronous_commit=off',
  'enable_seqscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'plan_cache_mode=force_generic_plan',
  'jit=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ');

/** Nothing is connected until first use. */
export function createProjectionPool(url: string): ProjectionPool {
  const session = { keepAlive: true, options: SESSION_SETTINGS };
  const pipelined = createPool(url, { ...session, max: 2, pipeline: true });
  const pool = createPool(url, { ...session, max: 4 });
  const endPlain: () => Promise<void> = pool.end.bind(pool);
  const end = async (): Promise<void> => {
    await Promise.all([pipelined.end(), endPlain()]);
  };
  return Object.assign(pool, { pipelined, end });
}
