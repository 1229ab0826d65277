import { Pool, PoolClient } from '../../postgres/pool';

/** The connection as one of its users has it. */
export interface Share {
  client: PoolClient;
  /** To be called once. A connection that was lost is lent to nobody any more. */
  release: (isLost: boolean) => void;
}

interface Lent {
  client: Promise<PoolClient>;
  users: number;
  isLost: boolean;
}

/**
 * Lends one connection of the pool to all who want one at the same time; it goes back when nobody has it. For a pool whose
 * connections pipeline: the server takes up a statement as soon as it has answered the one before. Each statement must be a
 * transaction by itself, for others' statements may come between any two.
 */
export class SharedConnection {
  private lent: Lent | undefined;

  constructor(private readonly pool: Pool) {}

  /** @throws what the pool throws when no connection can be made */
  async take(): Promise<Share> {
    const lent = (this.lent ??= { client: this.pool.connect(), users: 0, isLost: false });
    lent.users += 1;
    try {
      const client = await lent.client;
      return { client, release: (isLost) => this.release(lent, client, isLost) };
    } catch (error) {
      this.forget(lent);
      throw error;
    }
  }

  private release(lent: Lent, client: PoolClient, isLost: boolean): void {
    lent.users -= 1;
    lent.isLost ||= isLost;
    if (lent.users === 0 || isLost) this.forget(lent);
    if (lent.users === 0) client.release(lent.isLost);
  }

  private forget(lent: Lent): void {
    if (this.lent === lent) this.lent = undefined;
  }
}
