import type { LoggerService } from '@nestjs/common';
import { Pool } from '../../libs/postgres/pool';
import { retryDelayMs } from './back-off';
import { claimDue, Delivery, markDead, markDelivered, markFailed } from './deliveries';
import { Loop } from './loop';
import type { NotifierSettings } from './settings';
import { CallFailed, callWebhook } from './webhook-call';

/** How often the table is looked at when nobody says that there is something: for retries, and for other processes' work. */
const POLL_MS = 500;

type Outcome = 'delivered' | 'failed' | 'dead';

interface DelivererOptions {
  pool: Pool;
  settings: NotifierSettings;
  logger: LoggerService;
  /** After each call, with its duration in seconds. */
  onCall: (outcome: Outcome, seconds: number) => void;
}

/** Calls the webhooks, from start to stop. */
export class Deliverer {
  private readonly running = new Map<Promise<void>, string>();
  readonly loop: Loop;

  constructor(private readonly options: DelivererOptions) {
    this.loop = new Loop(() => this.step(), POLL_MS, options.logger);
  }

  /** When the calls at work have ended. */
  async stop(): Promise<void> {
    await this.loop.stop();
    await Promise.all(this.running.keys());
  }

  private async step(): Promise<boolean> {
    const { pool, settings } = this.options;
    const claimed = await claimDue(pool, {
      perSubscriber: settings.callsPerSubscriber,
      running: Object.fromEntries(countBy(this.running.values())),
      // A call ends in time by itself; then its outcome must be written down.
      claimMs: settings.timeoutMs * 2,
    });
    for (const delivery of claimed) {
      const call = this.deliver(delivery).finally(() => {
        this.running.delete(call);
        this.loop.wake();
      });
      this.running.set(call, delivery.subscription);
    }
    // More would be claimed only when a call has ended, which wakes the loop.
    return false;
  }

  private async deliver(delivery: Delivery): Promise<void> {
    const { settings, logger, onCall } = this.options;
    const begun = performance.now();
    const failure = await callWebhook(delivery, settings).then(
      () => undefined,
      (error: CallFailed) => error,
    );
    try {
      const outcome = await this.settle(delivery, failure);
      onCall(outcome, (performance.now() - begun) / 1000);
    } catch (error) {
      // The claim runs out and the webhook is called again, with the same id.
      logger.warn(`the outcome of event ${delivery.eventId} could not be written down: ${String(error)}`);
    }
  }

  /** Writes down what came of a call. */
  private async settle(delivery: Delivery, failure: CallFailed | undefined): Promise<Outcome> {
    const { pool, settings, logger } = this.options;
    if (!failure) {
      await markDelivered(pool, delivery);
      return 'delivered';
    }
    const reason = failure.message;
    const told = { subscription: delivery.subscription, event: delivery.eventId, attempts: delivery.attempts, reason };
    if (delivery.attempts >= settings.maxAttempts) {
      await markDead(pool, delivery, reason);
      logger.warn({ ...told, message: 'given up' });
      return 'dead';
    }
    await markFailed(pool, delivery, reason, retryDelayMs(delivery.attempts, settings, Math.random()));
    logger.debug?.({ ...told, message: 'will be called again' });
    return 'failed';
  }
}

function countBy(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
