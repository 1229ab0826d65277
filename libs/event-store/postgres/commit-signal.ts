import { Client, createClient } from '../../postgres/pool';

/**
 * Wakes those who follow the store: one LISTEN connection for all of them, made when the first one waits and made anew when
 * it is lost. Notifications are a hint only, so everybody also looks for himself once per `pollMs`.
 */
export class CommitSignal {
  /** How often it woke somebody: read it before looking at the store, then {@link wait} for it to change. */
  wakeUps = 0;
  private readonly sleepers = new Set<() => void>();
  private listener: Promise<Client | undefined> | undefined;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly pollMs: number,
  ) {}

  /** Resolves on the next commit after the wake-up `seen`, after `pollMs`, or on abort, whichever comes first. */
  async wait(seen: number, signal: AbortSignal): Promise<void> {
    if (!this.closed) this.listener ??= this.listen();
    if (this.wakeUps === seen) await this.pause(signal);
  }

  /** Resolves on the next commit, after `pollMs`, or on abort, whichever comes first. */
  async pause(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.sleepers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, this.pollMs);
      signal.addEventListener('abort', done);
      this.sleepers.add(done);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    const client = await this.listener;
    await client?.end();
  }

  private wake(): void {
    this.wakeUps += 1;
    for (const wakeUp of [...this.sleepers]) wakeUp();
  }

  private async listen(): Promise<Client | undefined> {
    const client = createClient(this.url);
    client.on('notification', () => this.wake());
    try {
      await client.connect();
      await client.query('LISTEN event_store');
    } catch {
      // Polling goes on without it, and the reads that poll tell what is wrong; the next wait tries again.
      this.listener = undefined;
      await client.end().catch(() => undefined);
      return undefined;
    }
    client.once('end', () => {
      this.listener = undefined;
      this.wake();
    });
    // What was committed before LISTEN took effect was not heard.
    this.wake();
    return client;
  }
}
