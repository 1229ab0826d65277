import { EventStore, Position } from '../event-store/event-store';
import { Client, createClient, Pool } from '../postgres/pool';
import { CHANNEL, livePosition } from './generation';

/** The read models have not reached the position in time; the question may be asked again. */
export class NotYetVisible extends Error {
  override readonly name = 'NotYetVisible';
  constructor(
    readonly position: Position,
    readonly timeoutMs: number,
  ) {
    super(`position ${position} is not in the read models after ${timeoutMs} ms`);
  }
}

interface Waiter {
  position: Position;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** How often the checkpoint is looked at while somebody waits, in case a notification got lost. */
const POLL_MS = 250;

/** Waits until the live read models hold everything up to a position. One per process; it listens on one connection. */
export class Visibility {
  private readonly waiters = new Set<Waiter>();
  private listener: Promise<Client | undefined> | undefined;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly pool: Pool,
    private readonly store: EventStore,
    private readonly pollMs = POLL_MS,
  ) {}

  /** @throws NotYetVisible after `timeoutMs`; RangeError on a position of another store */
  async waitFor(position: Position, timeoutMs: number): Promise<void> {
    // Throws for what is no position, before anybody waits for it.
    this.store.compare(position, position);
    const waiter = Promise.withResolvers<void>();
    // Awaited below, but maybe not before it fails.
    waiter.promise.catch(() => undefined);
    const entry: Waiter = { position, resolve: waiter.resolve, reject: waiter.reject };
    let timer: NodeJS.Timeout | undefined;
    // Before the first look: what is notified while its answer is on the way must not be missed.
    this.waiters.add(entry);
    try {
      if (await this.isVisible(position)) return;
      timer = setTimeout(() => waiter.reject(new NotYetVisible(position, timeoutMs)), timeoutMs);
      this.listener ??= this.listen();
      this.poll ??= setInterval(() => void this.look(), this.pollMs);
      await waiter.promise;
    } finally {
      clearTimeout(timer);
      this.waiters.delete(entry);
      if (this.waiters.size === 0) {
        clearInterval(this.poll);
        this.poll = undefined;
      }
    }
  }

  async close(): Promise<void> {
    clearInterval(this.poll);
    for (const waiter of this.waiters) waiter.reject(new Error('the process is stopping'));
    const client = await this.listener;
    await client?.end();
  }

  private async isVisible(position: Position): Promise<boolean> {
    const reached = await livePosition(this.pool);
    return reached !== undefined && this.store.compare(reached, position) >= 0;
  }

  /** Looks at the checkpoint for all who wait. An error is theirs. */
  private async look(): Promise<void> {
    try {
      const reached = await livePosition(this.pool);
      if (reached !== undefined) this.settle(reached);
    } catch (error) {
      for (const waiter of this.waiters) waiter.reject(error);
    }
  }

  private settle(reached: Position): void {
    for (const waiter of this.waiters) if (this.store.compare(reached, waiter.position) >= 0) waiter.resolve();
  }

  private async listen(): Promise<Client | undefined> {
    const client = createClient(this.url);
    client.on('notification', () => this.waiters.size > 0 && void this.look());
    client.once('end', () => {
      this.listener = undefined;
    });
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      // Whoever waits is served by polling, and told by it what is wrong; the next one tries to listen again.
      this.listener = undefined;
      await client.end().catch(() => undefined);
      return undefined;
    }
    // What was committed before LISTEN took effect was not heard.
    await this.look();
    return client;
  }
}
