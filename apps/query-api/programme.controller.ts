import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import { STAGES } from '../../libs/project/events';
import { answer, BadQuery } from './documented-answers';
import { DATED_PROGRAMME_EXAMPLE, PROGRAMME_EXAMPLE } from './system-examples';
import { AGREEMENT_NAMES, STAGE_NAMES, STATUS_NAMES } from './names';
import { AfterParameter, Day } from './query-parameters';
import { Reading } from './reading';

class ProgrammeParameters extends AfterParameter {
  @Day('Only what is valid on that day; everything the profile holds when missing.', '2024-05-13')
  validOn?: string;
}

@ApiTags('programme')
@BadQuery()
@Controller('api/v1/programme')
export class ProgrammeController {
  constructor(
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(Reading) private readonly reading: Reading,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What the codes mean: regions, partners, pairings, clusters, stages, in both languages' })
  @ApiOkResponse({ description: 'The programme.', content: answer(PROGRAMME_EXAMPLE, DATED_PROGRAMME_EXAMPLE) })
  async read(@Query() { validOn: day, after }: ProgrammeParameters) {
    await this.reading.check(after);
    const { id, name, timeZone, currency, amounts, profile } = this.programme;
    return {
      id,
      name,
      timeZone,
      currency,
      amounts,
      regions: day === undefined ? profile.regions : this.programme.regionsOn(day),
      partners: day === undefined ? profile.partners : this.programme.partnersOn(day),
      clusters: day === undefined ? profile.clusters : this.programme.clustersOn(day),
      pairings: day === undefined ? profile.pairings : this.programme.pairingsOn(day),
      stages: STAGES.map((stage) => ({ id: stage, name: STAGE_NAMES[stage] })),
      statuses: STATUS_NAMES,
      agreements: AGREEMENT_NAMES,
      sources: profile.sources ?? [],
    };
  }
}
