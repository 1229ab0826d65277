import { Body, Controller, Inject, Param, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { ConferenceCommand } from '../../libs/conference/events';
import { isConferenceId } from '../../libs/project/conference-id';
import { checkConferenceId, refuseFor } from '../../libs/project/field-checks';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { notFound } from '../../libs/runtime/http/problem';
import { Roles } from '../../libs/runtime/identity/access';
import { AnswerInterceptor, type Recorded } from './answer';
import { ClosingBody, ConferenceBody, SubVenueBody } from './bodies/conference-bodies';
import { plain, Plain } from './bodies/parts';
import { CommandRoute } from './command-route';
import { CommandEnvelope, type Envelope } from './envelope';
import { RecordConference } from './record-conference';

/** One method for each fact that can be recorded of a conference. */
@ApiTags('Commands: conferences')
@Roles('clerk', 'administrator')
@UseInterceptors(AnswerInterceptor)
@Controller('api/v1/conferences')
export class ConferenceCommandsController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @CommandRoute({
    path: '',
    summary: 'Open a conference 推介会',
    records: 'ConferenceOpened and SubVenueAdded',
    creates: true,
  })
  async open(@CommandEnvelope() envelope: Envelope, @Body() body: ConferenceBody): Promise<Recorded> {
    const { id, ...data } = body;
    refuseFor(checkConferenceId('id', id));
    const recorded = await this.record(id, envelope, { type: 'OpenConference', data: this.plain(data) });
    return { ...recorded, location: `/api/v1/conferences/${id}` };
  }

  @CommandRoute({ path: ':id/sub-venues', summary: 'It has a sub-venue 分会场', records: 'SubVenueAdded' })
  addSubVenue(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: SubVenueBody) {
    return this.record(id, envelope, { type: 'AddSubVenue', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/closing', summary: 'It closed 闭幕', records: 'ConferenceClosed' })
  close(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: ClosingBody) {
    return this.record(id, envelope, { type: 'CloseConference', data: this.plain(body) });
  }

  private plain<T>(body: T): Plain<T> {
    return plain(body, this.programme.currency);
  }

  private async record(id: string, envelope: Envelope, command: ConferenceCommand): Promise<Recorded> {
    if (!isConferenceId(id)) throw notFound({ zh: '推介会不存在', en: 'there is no such conference' });
    const { revision, position, eventIds, repeated } = await this.bus.execute(
      new RecordConference(id, command, envelope),
    );
    return { answer: { id, revision, position, eventIds }, repeated };
  }
}
