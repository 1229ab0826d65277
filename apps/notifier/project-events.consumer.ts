import { Controller, Inject, Logger } from '@nestjs/common';
import { EventPattern, KafkaRetriableException, Payload } from '@nestjs/microservices';
import { Pool } from '../../libs/postgres/pool';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import type { ReceivedMessage } from './batch-server';
import { Deliverer } from './deliverer';
import { takeOver } from './inbox';
import { NOTIFIER_POOL } from './notifier-tokens';

/** Takes the events over from the topic. Calling webhooks is the {@link Deliverer}'s work, from the table. */
@Controller()
export class ProjectEventsConsumer {
  private readonly logger = new Logger('consumer');

  constructor(
    @Inject(NOTIFIER_POOL) private readonly pool: Pool,
    @Inject(Deliverer) private readonly deliverer: Deliverer,
  ) {}

  /** When this resolves, the effects are durable and the offsets are committed. When it throws, the batch comes again. */
  @EventPattern<Record<string, ReceivedMessage[]>>(PROJECT_EVENTS.name)
  async receive(@Payload() messages: ReceivedMessage[]): Promise<void> {
    try {
      const { unreadable } = await takeOver(this.pool, messages);
      if (unreadable > 0) this.logger.warn(`${unreadable} messages cannot be read: luodi dlq list`);
    } catch (error) {
      this.logger.warn(`the batch will be tried again: ${String(error)}`);
      // Nest turns other errors into "Internal server error" before kafkajs, which tries again, could see them.
      throw new KafkaRetriableException(String(error));
    }
    this.deliverer.loop.wake();
  }
}
