import type { LoggerService } from '@nestjs/common';
import { EventStore } from '../../libs/event-store/event-store';
import { Programme } from '../../libs/programme/programme';
import { project } from '../../libs/read-models/projector';
import { PartitionedSource } from '../../libs/read-models/partitioned-source';
import { ProjectionPool } from '../../libs/read-models/projection-pool';
import { ProjectorStatus, projectorStatus } from '../../libs/read-models/projector-status';
import { KafkaGroups } from '../../libs/topics/group-port';

/** All gauges of a scrape share one status. */
const STATUS_AGE_MS = 1_000;

/** Set together, where events are taken from topics. */
export interface Topics {
  kafka?: Pick<KafkaGroups, 'close'>;
  topic?: PartitionedSource;
}

interface Options extends Topics {
  /** From `createProjectionPool`; closed with the projector, as `kafka` is. */
  pool: ProjectionPool;
  store: EventStore;
  programme: Programme;
}

/** The projector of a process, from start to stop. */
export class RunningProjector {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** What is wrong at the moment. */
  private trouble: Error | undefined;
  private latest: { at: number; status: Promise<ProjectorStatus> } | undefined;

  constructor(
    private readonly options: Options,
    private readonly logger: LoggerService,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** When the batch at work is finished. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await this.options.kafka?.close();
    await this.options.pool.end();
  }

  /** @throws Error what keeps the read models from being brought up to date */
  check(): void {
    if (this.trouble) throw this.trouble;
  }

  status(): Promise<ProjectorStatus> {
    if (!this.latest || Date.now() - this.latest.at > STATUS_AGE_MS) {
      this.latest = { at: Date.now(), status: projectorStatus(this.options.pool, this.options.store) };
    }
    return this.latest.status;
  }

  private async run(): Promise<void> {
    const { logger } = this;
    const { pool, store, programme, topic } = this.options;
    try {
      await project(
        {
          pool,
          store,
          programme,
          topic,
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
