import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { isConferenceId } from '../../libs/project/conference-id';
import { Pool } from '../../libs/postgres/pool';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import {
  ConferencePage,
  ConferenceSummary,
  findConference,
  listConferences,
} from '../../libs/read-models/conferences.read-model';
import type { AsOf } from '../../libs/read-models/figures';
import { notFound } from '../../libs/runtime/http/problem';
import { answer, BadQuery, MayBeMissing, MayLag } from './documented-answers';
import { HISTORY_EXAMPLES } from './event-examples';
import { ANNOUNCED_EXAMPLE, CONFERENCE_EXAMPLE, CONFERENCE_PAGE_EXAMPLES, PAST } from './examples';
import { History, historyOf } from './history';
import { AfterParameter, AsOfParameters, asOfOf } from './query-parameters';
import { Reading } from './reading';

const LOOKING_BACK =
  '`validOn` and `knownAt` look back: what was signed there, and what had become of it. What the conference itself is ' +
  '(name, days, sub-venues) is told as of now.';

@ApiTags('conferences')
@BadQuery()
@Controller('api/v1/conferences')
export class ConferencesController {
  constructor(
    @Inject(Reading) private readonly reading: Reading,
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All promotion conferences, the newest first', description: LOOKING_BACK })
  @ApiOkResponse({
    description: 'The conferences.',
    content: answer({ items: [CONFERENCE_EXAMPLE], total: 1 }, { ...PAST, items: [ANNOUNCED_EXAMPLE], total: 1 }),
  })
  @MayLag()
  async list(@Query() query: AsOfParameters): Promise<AsOf & { items: ConferenceSummary[]; total: number }> {
    const asOf = asOfOf(query);
    const items = await this.reading.ask(query.after, (pool) => listConferences(pool, this.programme.currency, asOf));
    return { ...asOf, items, total: items.length };
  }

  @Get(':id')
  @ApiOperation({
    summary: 'The page of one conference: what was signed there, and what has become of it since',
    description: `\`firms\` counts distinct investors as the papers name them, \`projects\` agreements. ${LOOKING_BACK}`,
  })
  @ApiOkResponse({ description: 'The conference.', content: answer(...CONFERENCE_PAGE_EXAMPLES) })
  @MayBeMissing()
  @MayLag()
  async detail(@Param('id') id: string, @Query() query: AsOfParameters): Promise<AsOf & ConferencePage> {
    const asOf = asOfOf(query);
    const { currency } = this.programme;
    const pairsOn = (day: string) => this.programme.partnersOn(day).length * this.programme.regionsOn(day).length;
    const find = (pool: Pool) => findConference(pool, id, { currency, pairsOn }, asOf);
    const page = isConferenceId(id) ? await this.reading.ask(query.after, find) : undefined;
    if (!page) throw notFound(NO_CONFERENCE);
    return { ...asOf, ...page };
  }

  @Get(':id/history')
  @ApiOperation({ summary: 'The audit trail of one conference, from the event store itself' })
  @ApiOkResponse({ description: 'All events in the order of recording.', content: answer(...HISTORY_EXAMPLES) })
  @MayBeMissing()
  async history(
    @Param('id') id: string,
    @Query() { after }: AfterParameter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<History> {
    await this.reading.check(after);
    const events = isConferenceId(id) ? await Array.fromAsync(this.store.readStream(`conference-${id}`)) : [];
    if (events.length === 0) throw notFound(NO_CONFERENCE);
    void reply.header('cache-control', 'no-store');
    return historyOf(events, this.programme.timeZone);
  }
}

const NO_CONFERENCE = { zh: '没有这个推介会', en: 'there is no such conference' };
