import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { Pool } from '../../libs/postgres/pool';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import {
  CURSOR_LIMIT,
  findProject,
  InvalidCursor,
  listProjects,
  PROJECT_SORTS,
  ProjectDetail,
  ProjectPage,
  ProjectSort,
} from '../../libs/read-models/projects.query';
import { badRequest, notFound } from '../../libs/runtime/http/problem';
import { ProjectFilterParameters, projectFilter } from './cohort-parameters';
import { answer, BadQuery, MayBeMissing, MayLag } from './documented-answers';
import { HISTORY_EXAMPLES } from './event-examples';
import { History, historyOf } from './history';
import { PROJECT_DETAIL_EXAMPLES, PROJECT_PAGE_EXAMPLES } from './project-examples';
import { AfterParameter, FreeText, OneOf, Whole } from './query-parameters';
import { Reading } from './reading';

/** A sort by name, and with a hyphen before it descending. */
const SORTS = PROJECT_SORTS.flatMap((sort) => [sort, `-${sort}` as const]);

class ProjectListParameters extends ProjectFilterParameters {
  @OneOf(
    SORTS,
    'Order, by default `code`; with a hyphen descending. `code` begins with projects that have none, `committed` with those ' +
      'without an agreement.',
    '-lastActivityAt',
  )
  sort: (typeof SORTS)[number] = 'code';

  @Whole({ min: 1, max: 1000, default: 50 }, 'Projects per page.')
  limit: number = 50;

  @FreeText(CURSOR_LIMIT, '`next` of the page before, with the same filters and the same sort.')
  cursor?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@ApiTags('projects')
@BadQuery()
@Controller('api/v1/projects')
export class ProjectsController {
  constructor(
    @Inject(Reading) private readonly reading: Reading,
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'The board: projects by filter, page by page',
    description:
      'A page begins where the one before ended, so no project is shown twice or left out because others come, go or ' +
      'change. By `code` and `title`, which never change, every project that matches throughout is shown exactly once. By ' +
      'the other sorts so is every project whose value stays. One whose value changes while pages are turned is shown where ' +
      'it then belongs, if that is still to come: by `lastActivityAt` none is left out, for a change moves a project ' +
      'towards the end; by `-lastActivityAt` none is shown twice, but one that changes before it was shown has gone to the ' +
      'front, and is left out.',
  })
  @ApiOkResponse({ description: 'A page.', content: answer(...PROJECT_PAGE_EXAMPLES) })
  @MayLag()
  async list(@Query() query: ProjectListParameters): Promise<ProjectPage> {
    const filter = projectFilter(query, this.programme);
    const descending = query.sort.startsWith('-');
    const sort = query.sort.replace('-', '') as ProjectSort;
    const { limit, cursor } = query;
    const list = { filter, sort, descending, limit, cursor, today: this.reading.today() };
    try {
      return await this.reading.ask(query.after, (pool) => listProjects(pool, list));
    } catch (error) {
      throw error instanceof InvalidCursor ? badRequest('cursor', NO_CURSOR, 'cursor') : error;
    }
  }

  @Get(':id')
  @ApiOperation({
    summary: 'One project: its state and its milestones',
    description:
      'The `ETag` is its revision, to be sent as `If-Match` with a command. It is no `If-None-Match`: what is shown also ' +
      'changes with the day.',
  })
  @ApiOkResponse({ description: 'The project.', content: answer(...PROJECT_DETAIL_EXAMPLES) })
  @MayBeMissing()
  @MayLag()
  async detail(
    @Param('id') id: string,
    @Query() { after }: AfterParameter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProjectDetail> {
    const find = (pool: Pool) => findProject(pool, id, this.reading.today());
    const project = UUID.test(id) ? await this.reading.ask(after, find) : undefined;
    if (!project) throw notFound(NO_PROJECT);
    void reply.header('etag', `"${project.revision}"`);
    // The revision tells neither the day nor that newer events are parked: no answer may be taken from a cache.
    void reply.header('cache-control', 'no-store');
    return project;
  }

  @Get(':id/history')
  @ApiOperation({
    summary: 'The audit trail of one project, from the event store itself',
    description:
      'Every event with who recorded it, when it happened and when it was recorded, what was corrected or revoked by ' +
      'what, and its hash. `chain.verified` says whether all hashes fit: an event that was altered or removed does not.',
  })
  @ApiOkResponse({ description: 'All events in the order of recording.', content: answer(...HISTORY_EXAMPLES) })
  @MayBeMissing()
  async history(
    @Param('id') id: string,
    @Query() { after }: AfterParameter,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<History> {
    await this.reading.check(after);
    const events = UUID.test(id) ? await Array.fromAsync(this.store.readStream(`project-${id}`)) : [];
    if (events.length === 0) throw notFound(NO_PROJECT);
    void reply.header('cache-control', 'no-store');
    return historyOf(events, this.programme.timeZone);
  }
}

const NO_PROJECT = { zh: '没有这个项目', en: 'there is no such project' };
const NO_CURSOR = {
  zh: '不是本次筛选和排序给出的游标',
  en: 'is no cursor that this filter and sort have given out',
};
