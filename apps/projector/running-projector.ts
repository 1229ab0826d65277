import type { LoggerService } from '@nestjs/common';
import { EventStore } from '../../libs/event-store/event-store';
import { Programme } from '../../libs/programme/programme';
import { project } from '../../libs/read-models/projector';
import { ProjectionPool } from '../../libs/read-models/projection-pool';
import { ProjectorStatus, projectorStatus } from '../../libs/read-models/projector-status';

/** All gauges of a scrape share one status. */
const STATUS_AGE_MS = 1_000;

/** The projector of a process, from start to stop. `pool` comes from `createProjectionPool` and is closed with it. */
export class RunningProjector {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** What is wrong at the moment. */
  private trouble: Error | undefined;
  private latest: { at: number; status: Promise<ProjectorStatus> } | undefined;

  constructor(
    private readonly pool: ProjectionPool,
    private readonly store: EventStore,
    private readonly programme: Programme,
    private readonly logger: LoggerService,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** When the batch at work is finished. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.pool.end();
  }

  /** @throws Error what keeps the read models from being brought up to date */
  check(): void {
    if (this.trouble) throw this.trouble;
  }

  status(): Promise<ProjectorStatus> {
    if (!this.latest || Date.now() - this.latest.at > STATUS_AGE_MS) {
      this.latest = { at: Date.now(), status: projectorStatus(this.pool, this.store) };
    }
    return this.latest.status;
  }

  private async run(): Promise<void> {
    const { pool, store, programme, logger } = this;
    try {
      await project(
        {
          pool,
          store,
          programme,
          onProgress: () => {
            this.trouble = undefined;
          },
          onRetry: (error) => {
            this.trouble = asError(error);
            logger.warn(`will be tried again: ${this.trouble.name}: ${this.trouble.message}`);
          },
          onNotice: (text) => void logger.log(text),
        },
        this.stopping.signal,
      );
    } catch (error) {
      // The other parts of this process go on; readiness tells, and a restart tries again.
      this.trouble = asError(error);
      logger.error(`the projector has stopped: ${this.trouble.name}: ${this.trouble.message}`, this.trouble.stack);
    }
  }
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  return new Error(String(error));
}
