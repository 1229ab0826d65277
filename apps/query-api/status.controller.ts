import { Controller, Get, Header, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { EventStore, Position } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { listParked, ParkedStream } from '../../libs/read-models/parked';
import { ProjectorStatus, projectorStatus } from '../../libs/read-models/projector-status';
import { answer, BadQuery, MayLag } from './documented-answers';
import { EMPTY_STATUS_EXAMPLES, STATUS_EXAMPLE } from './system-examples';
import { AfterParameter } from './query-parameters';
import { Reading } from './reading';

/** Parked streams shown at most; `luodi parked` lists them all. */
const SHOWN = 100;

interface Status {
  eventStore: { id: string; head: Position | null };
  readModels: ProjectorStatus;
  parked: { items: ParkedStream[]; total: number };
}

@ApiTags('status')
@BadQuery()
@MayLag()
@Controller('api/v1/status')
export class StatusController {
  constructor(
    @Inject(Reading) private readonly reading: Reading,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'How far everything has come',
    description:
      'Where the event store ends, where the read models are, a rebuild that runs, and projects whose events are parked.',
  })
  @ApiOkResponse({ description: 'The status.', content: answer(STATUS_EXAMPLE, ...EMPTY_STATUS_EXAMPLES) })
  async read(@Query() { after }: AfterParameter): Promise<Status> {
    const [head, readModels, parked] = await this.reading.ask(after, (pool) =>
      Promise.all([this.store.head(), projectorStatus(pool, this.store), listParked(pool)]),
    );
    return {
      eventStore: { id: this.store.storeId, head: head ?? null },
      readModels,
      parked: { items: parked.slice(0, SHOWN), total: parked.length },
    };
  }
}
