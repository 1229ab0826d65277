import { Controller, Get, Header, HttpStatus, Inject, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { Health } from './health';
import { Public } from './identity/access';
import { LOG } from './logging';
import { Metrics } from './metrics';

/** For those who run the system: is it alive, can it work, what does it count. Open to whoever can reach the port. */
@ApiExcludeController()
@Public()
@Controller()
export class OperationsController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  @Get('health/live')
  live() {
    return { status: 'up' };
  }

  @Get('health/ready')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) reply: FastifyReply) {
    const { ready, parts, reasons } = await this.health.report();
    if (!ready) {
      this.log.warn({ reasons }, 'not ready');
      void reply.code(HttpStatus.SERVICE_UNAVAILABLE);
    }
    return { status: ready ? 'up' : 'down', parts };
  }

  @Get('metrics')
  async scrape(@Res({ passthrough: true }) reply: FastifyReply) {
    void reply.type(this.metrics.registry.contentType);
    return this.metrics.registry.metrics();
  }
}
