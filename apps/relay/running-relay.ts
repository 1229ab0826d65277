import type { LoggerService } from '@nestjs/common';
import { Position } from '../../libs/event-store/event-store';
import { Fenced, Kafka, TopicReport } from '../../libs/topics/kafka-port';
import { relay, RelayObserver, RelayOptions } from '../../libs/topics/relay';
import { REPLICAS } from '../../libs/topics/wanted-topics';

export interface Lag {
  /** Events that are in the store and not yet in the topics; NaN while that is not known. */
  events: number;
  /** Age of the oldest of them, in seconds; 0 when there is none. */
  seconds: number;
}

/** All gauges of a scrape share one figure. */
const LAG_AGE_MS = 1_000;
/** For the transaction at work; then the connections are cut, which ends whatever still waits. */
const PATIENCE_MS = 5_000;

/** The relay of a process, from start to stop. `kafka` is closed with it. */
export class RunningRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  /** What is wrong at the moment; at first that it has not taken over yet. */
  private trouble: Error | undefined = new Error('the relay is starting');
  private hasStopped = false;
  /** Undefined while it is not known. */
  private reached: { position: Position | undefined } | undefined;
  private latest: { at: number; lag: Promise<Lag> } | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: Omit<RelayOptions, 'kafka' | 'observer'>,
    private readonly observer: Pick<RelayObserver, 'onPublished' | 'onRetry'>,
    private readonly logger: LoggerService,
  ) {}

  start(): void {
    this.running = this.run();
  }

  /** When the transaction at work is finished. */
  async stop(): Promise<void> {
    this.stopping.abort();
    const timer = setTimeout(() => void this.kafka.close(), PATIENCE_MS);
    await this.running;
    clearTimeout(timer);
    await this.kafka.close();
  }

  /** @throws Error what keeps events from being published */
  check(): void {
    if (this.trouble) throw this.trouble;
  }

  /** Whether it has given up: somebody must look. */
  get needsHelp(): boolean {
    return this.hasStopped;
  }

  lag(): Promise<Lag> {
    if (!this.latest || Date.now() - this.latest.at > LAG_AGE_MS) {
      this.latest = { at: Date.now(), lag: this.measureLag() };
    }
    return this.latest.lag;
  }

  private async measureLag(): Promise<Lag> {
    // Another relay has taken over: how far it has come is its to tell.
    if (!this.reached || this.trouble instanceof Fenced) return { events: NaN, seconds: NaN };
    const { events, oldestRecordedAt } = await this.options.store.backlog(this.reached.position);
    const age = oldestRecordedAt === undefined ? 0 : Date.now() - Date.parse(oldestRecordedAt);
    return { events, seconds: Math.max(0, age / 1000) };
  }

  private async run(): Promise<void> {
    const { kafka, options, logger } = this;
    try {
      await relay({ ...options, kafka, observer: this.observing() }, this.stopping.signal);
    } catch (error) {
      // The other parts of this process go on; readiness and metrics tell, and a restart tries again.
      this.trouble = asError(error);
      this.hasStopped = !(error instanceof Fenced);
      const { name, message, stack } = this.trouble;
      const text = `relay "${options.name}" has stopped: ${name}: ${message}`;
      // Being fenced is how a newer release takes over from this one.
      if (error instanceof Fenced) logger.warn(text);
      else logger.error(text, stack);
    }
  }

  private observing(): RelayObserver {
    const { observer, logger, options } = this;
    return {
      onTopics: (reports, brokers) => {
        reports.forEach((report) => tell(report, logger));
        const areMade = reports.some(({ created }) => created);
        if (areMade && brokers < REPLICAS && !options.topics?.replicationFactor) logger.warn(fewReplicas(brokers));
      },
      onStart: (position) => {
        this.trouble = undefined;
        this.reached = { position };
        void logger.log(`relay "${options.name}" goes on after position ${position ?? 'none: from the beginning'}`);
      },
      onPublished: (published) => {
        this.reached = { position: published.position };
        observer.onPublished?.(published);
      },
      onRetry: (error) => {
        this.trouble = asError(error);
        const { name, message } = this.trouble;
        logger.warn(`relay "${options.name}" starts again from the committed position: ${name}: ${message}`);
        observer.onRetry?.(error);
      },
    };
  }
}

/** Who starts a cluster and a relay at once may find its first broker alone. */
function fewReplicas(brokers: number): string {
  return (
    `topics were made with ${brokers} replicas, for only so many brokers are up, and stay so: if there are to be more, delete ` +
    'the topics before the first event and start again; else set KAFKA_REPLICATION_FACTOR'
  );
}

function tell({ topic, created, differences }: TopicReport, logger: LoggerService): void {
  if (created) void logger.log(`created the topic ${topic}`);
  for (const { setting, wanted, actual } of differences) {
    logger.warn(`the topic ${topic} has ${setting}=${actual ?? 'unknown'}, not ${wanted}; it is left as it is`);
  }
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  return new Error(String(error));
}
