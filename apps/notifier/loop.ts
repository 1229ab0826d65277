import type { LoggerService } from '@nestjs/common';

/** Work that is repeated from start to stop: at once while there is more, else when woken or after `pauseMs`. */
export class Loop {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private trouble: unknown;
  private woken = Promise.withResolvers<void>();

  /** `step` tells whether there may be more to do at once. What it throws is logged, and the step repeated after a pause. */
  constructor(
    private readonly step: () => Promise<boolean>,
    private readonly pauseMs: number,
    private readonly logger: LoggerService,
  ) {}

  start(): void {
    this.running = this.run();
  }

  wake(): void {
    this.woken.resolve();
  }

  /** When the step at work is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  /** @throws what the last step has thrown */
  check(): void {
    if (this.trouble) throw this.trouble as Error;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.woken = Promise.withResolvers<void>();
      const more = await this.tried();
      if (!more) await this.pause();
    }
  }

  private async tried(): Promise<boolean> {
    try {
      const more = await this.step();
      this.trouble = undefined;
      return more;
    } catch (error) {
      this.trouble = error;
      this.logger.warn(`will be tried again: ${String(error)}`);
      return false;
    }
  }

  private async pause(): Promise<void> {
    const timer = setTimeout(() => this.wake(), this.pauseMs);
    await this.woken.promise;
    clearTimeout(timer);
  }
}
