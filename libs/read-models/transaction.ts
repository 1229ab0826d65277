import { ClientBase } from '../postgres/pool';

/** Commits when the work is done, unless it answers `false` or throws. */
export async function transaction<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query(result === false ? 'ROLLBACK' : 'COMMIT');
    return result;
  } catch (error) {
    // The error is what matters; a connection that cannot roll back is lost, and the transaction with it.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
