import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore, Position } from '../../libs/event-store/event-store';
import { qualities } from '../../libs/runtime/http/qualities';
import { endWhenRefused } from '../../libs/runtime/identity/access';
import { answer, BadQuery } from './documented-answers';
import { EVENT_EXAMPLE, FEED_EXAMPLES } from './event-examples';
import { FeedPage, followFeed, readFeed } from './feed';
import { OpenFeeds } from './open-feeds';
import { FreeText, OneOf, Whole } from './query-parameters';
import { Reading } from './reading';
import { serverSentEvents } from './server-sent-events';

const CATEGORIES = ['project', 'conference'] as const;

class FeedParameters {
  @FreeText(100, 'Events after this position: `next` of the page before. From the beginning when missing.', '1042')
  after?: string;

  @Whole({ min: 1, max: 1000, default: 100 }, 'Events per page at most; server-sent events ignore it.')
  limit: number = 100;

  @OneOf(CATEGORIES, 'Only events of projects or of conferences.')
  category?: (typeof CATEGORIES)[number];

  @FreeText(200, 'Only events of this stream.', 'conference-karamay-2024')
  stream?: string;
}

/** How a live feed behaves; a token of its own so that tests need not wait. */
export class FeedTiming {
  heartbeatMs = 15_000;
  retryMs = 2_000;
  /** A reader that takes nothing for so long is cut off; it can resume where it stopped. */
  stalledMs = 60_000;
}

@ApiTags('events')
@BadQuery()
@Controller('api/v1/events')
export class FeedController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(Reading) private readonly reading: Reading,
    @Inject(OpenFeeds) private readonly openFeeds: OpenFeeds,
    @Inject(FeedTiming) private readonly timing: FeedTiming,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'All events in the order of recording',
    description:
      'Pages as JSON: ask again with `after` = `next`; a page may hold fewer than `limit` items before the end when ' +
      'they are large (some four megabytes) or a filter passes over many. With `Accept: text/event-stream` the same as server-sent events that go on for ever: ' +
      '`id` is the position, and `Last-Event-ID` (which browsers send by themselves) resumes after it. Events are as ' +
      'they stand in the store, so that their hashes can be verified.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Resume server-sent events after this position.' })
  @ApiOkResponse({
    description: 'A page of events, or the live feed.',
    content: {
      ...answer(...FEED_EXAMPLES),
      'text/event-stream': {
        schema: { type: 'string' },
        example: `retry: 2000\n\nid: ${EVENT_EXAMPLE.position}\ndata: ${JSON.stringify(EVENT_EXAMPLE)}\n\n`,
      },
    },
  })
  async read(
    @Query() query: FeedParameters,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<(Omit<FeedPage, 'next'> & { next: Position | null }) | Readable> {
    void reply.header('vary', 'accept').header('cache-control', 'no-store');
    if (!wantsStream(request)) {
      await this.reading.check(query.after, 'after');
      const page = await readFeed(this.store, query);
      return { ...page, next: page.next ?? null };
    }
    // A browser that reconnects repeats the address it began with, and says in the header how far it came.
    const after = lastEventId === undefined || lastEventId === '' ? query.after : lastEventId;
    await this.reading.check(after, after === query.after ? 'after' : 'Last-Event-ID');
    void reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
    return request.method === 'HEAD' ? Readable.from([]) : this.follow({ ...query, after }, request, reply);
  }

  private follow(query: FeedParameters, request: FastifyRequest, reply: FastifyReply): Readable {
    const feed = serverSentEvents(
      (signal) => followFeed(this.store, { ...query, batchSize: 200 }, signal),
      this.timing,
    );
    // What waits for a reader that takes nothing would keep the connection open: it is cut, not ended.
    reply.raw.setTimeout(this.timing.stalledMs, () => reply.raw.destroy());
    return this.openFeeds.add(endWhenRefused(feed, request));
  }
}

/** Whether the stream is asked for by name, and JSON not rather. */
function wantsStream(request: FastifyRequest): boolean {
  const accepted = qualities(request.headers.accept);
  const of = (type: string) => accepted.find(({ value }) => value === type)?.quality ?? 0;
  return of('text/event-stream') > 0 && of('text/event-stream') >= of('application/json');
}
