import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Pool } from '../../libs/postgres/pool';
import { notFound, Problem } from '../../libs/runtime/http/problem';
import { PROBLEM_CONTENT } from '../../libs/runtime/http/openapi';
import { CurrentCaller, Roles } from '../../libs/runtime/identity/access';
import type { Caller } from '../../libs/runtime/identity/identity';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { NOTIFIER_POOL, NOTIFIER_SETTINGS } from './notifier-tokens';
import type { NotifierSettings } from './settings';
import { SUBSCRIPTION_EXAMPLE, SubscriptionBody } from './subscription-body';
import { createSubscription, deleteSubscription, listSubscriptions, Subscription } from './subscriptions';
import { targetProblem } from './targets';

const SHOWN = {
  id: '0f8d1c1e-52b1-4f2c-9a57-1d5b0a3c8e11',
  ...SUBSCRIPTION_EXAMPLE,
  createdBy: 'wang.fang',
  createdAt: '2024-05-13T08:30:00.000Z',
  pending: 0,
  dead: 0,
};
const CREATED = { ...SHOWN, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };

const problem = (status: number, description: string) => ApiResponse({ status, description, content: PROBLEM_CONTENT });

/** Who is told of which events. */
@ApiTags('Subscriptions')
@Roles('administrator')
@problem(401, 'No token, or one that is unknown or revoked.')
@problem(403, 'Only administrators may do this.')
@Controller('api/v1/subscriptions')
export class SubscriptionsController {
  constructor(
    @Inject(NOTIFIER_POOL) private readonly pool: Pool,
    @Inject(NOTIFIER_SETTINGS) private readonly settings: NotifierSettings,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Call a webhook with the events of projects from now on',
    description:
      'Signed as https://www.standardwebhooks.com says, with the secret that is answered here and never again. ' +
      'An event may be sent more than once, always with the same `webhook-id`.',
  })
  @ApiCreatedResponse({ description: 'Made.', content: example(CREATED) })
  @problem(400, 'The body cannot be read: malformed JSON, a missing, unknown or ill-typed property.')
  @problem(422, 'The address may not be called, or there is no such type of event; `errors` name the field.')
  async create(
    @Body() { name, url, programmes = [], prefectures = [], eventTypes = [] }: SubscriptionBody,
    @CurrentCaller() { actor }: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Subscription & { secret: string }> {
    this.refuseUrl(url);
    refuseTypes(eventTypes);
    const wanted = { name, url, programmes, prefectures, eventTypes };
    const created = await createSubscription(this.pool, wanted, actor.subject);
    // The answer holds a secret.
    void reply.header('cache-control', 'no-store').header('location', `/api/v1/subscriptions/${created.id}`);
    return created;
  }

  @Get()
  @ApiOperation({ summary: 'All subscriptions, without their secrets' })
  @ApiOkResponse({ description: 'In the order they were made.', content: example({ items: [SHOWN], total: 1 }) })
  async list(): Promise<{ items: Subscription[]; total: number }> {
    const items = await listSubscriptions(this.pool);
    return { items, total: items.length };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One subscription' })
  @ApiOkResponse({ description: 'Without its secret.', content: example(SHOWN) })
  @problem(404, 'There is none of that id.')
  async detail(@Param('id') id: string): Promise<Subscription> {
    const [found] = await listSubscriptions(this.pool, id);
    if (!found) throw notFound(NO_SUBSCRIPTION);
    return found;
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a subscription, with what is still to be delivered and its dead letters' })
  @ApiNoContentResponse({ description: 'Ended.' })
  @problem(404, 'There is none of that id.')
  async end(@Param('id') id: string): Promise<void> {
    if (!(await deleteSubscription(this.pool, id))) throw notFound(NO_SUBSCRIPTION);
  }

  private refuseUrl(url: string): void {
    const text = targetProblem(url, this.settings);
    if (text) throw new Problem({ status: 422, code: 'url', text, errors: [{ field: 'url', code: 'url', text }] });
  }
}

const NO_SUBSCRIPTION = { zh: '没有这个订阅', en: 'there is no such subscription' };
const TYPES = new Set(PROJECT_EVENTS.messages.map(({ type }) => type));

function refuseTypes(eventTypes: readonly string[]): void {
  const errors = eventTypes.flatMap((type, index) => {
    const text = { zh: `没有事件类型 ${type}`, en: `there is no event type ${type}` };
    return TYPES.has(type) ? [] : [{ field: `eventTypes[${index}]`, code: 'event-type', text }];
  });
  const [first] = errors;
  if (first) throw new Problem({ status: 422, code: first.code, text: first.text, errors });
}

function example(value: object) {
  return { 'application/json': { schema: { type: 'object' }, example: value } };
}
