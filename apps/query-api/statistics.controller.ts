import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { AsOf, Figures } from '../../libs/read-models/figures';
import {
  FUNNEL_DIMENSIONS,
  type FunnelDimension,
  type FunnelGroup,
  queryFunnel,
} from '../../libs/read-models/funnel.read-model';
import { MatrixCell, queryMatrix } from '../../libs/read-models/matrix.read-model';
import { CohortParameters, cohortFilter } from './cohort-parameters';
import { answer, BadQuery, MayLag } from './documented-answers';
import { FUNNEL_EXAMPLE, MATRIX_EXAMPLE, PAST, WITHOUT_KEY_EXAMPLE } from './examples';
import { allCells } from './matrix-cells';
import { asOfOf, OneOf } from './query-parameters';
import { Reading } from './reading';

class FunnelParameters extends CohortParameters {
  @OneOf(FUNNEL_DIMENSIONS, 'One funnel for each value of this; one for all together when missing.', 'prefecture')
  by?: FunnelDimension;
}

interface FunnelAnswer extends AsOf {
  by: FunnelDimension | null;
  items: FunnelGroup[];
  total: number;
}

interface MatrixAnswer extends AsOf {
  /** Codes of the rows and columns, in the order of the programme; their names stand in `/programme`. */
  origins: string[];
  prefectures: string[];
  /** All cells, row by row, the empty ones too. */
  items: MatrixCell[];
  total: number;
  sums: { insidePairing: Figures; outsidePairing: Figures; all: Figures };
}

@ApiTags('statistics')
@BadQuery()
@MayLag()
@Controller('api/v1')
export class StatisticsController {
  constructor(
    @Inject(Reading) private readonly reading: Reading,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @Get('funnel')
  @ApiOperation({
    summary: 'How far projects have come, by count and by money',
    description:
      'Per stage the projects that stand there and those that have come at least as far. A project counts once: with ' +
      'the conference, partner, prefecture and month of its first standing signing. `validOn` and `knownAt` look back.',
  })
  @ApiOkResponse({
    description: 'One funnel, or one for each value of `by`.',
    content: answer(
      { by: 'conference', items: [FUNNEL_EXAMPLE], total: 1 },
      { by: null, ...PAST, items: [WITHOUT_KEY_EXAMPLE], total: 1 },
    ),
  })
  async funnel(@Query() query: FunnelParameters): Promise<FunnelAnswer> {
    const filter = cohortFilter(query, this.programme);
    const asOf = asOfOf(query);
    const question = { ...asOf, filter, by: query.by };
    const items = await this.reading.ask(query.after, (pool) => queryFunnel(pool, question, this.programme.currency));
    return { by: query.by ?? null, ...asOf, items, total: items.length };
  }

  @Get('matrix')
  @ApiOperation({
    summary: 'Partner × prefecture: which province builds how much where',
    description: 'Every pair of the programme on the day asked for has a cell, whether anything stands in it or not.',
  })
  @ApiOkResponse({
    description: 'The matrix.',
    content: answer(MATRIX_EXAMPLE, { ...PAST, ...MATRIX_EXAMPLE }),
  })
  async matrix(@Query() query: CohortParameters): Promise<MatrixAnswer> {
    const filter = cohortFilter(query, this.programme);
    const asOf = asOfOf(query);
    const day = query.validOn ?? this.reading.today();
    const { currency } = this.programme;
    const axes = {
      origins: this.programme.partnersOn(day).map((partner) => partner.code),
      prefectures: this.programme.regionsOn(day).map((region) => region.code),
      isPaired: (origin: string, prefecture: string) => this.programme.isPaired(origin, prefecture, day),
      currency,
    };
    const matrix = await this.reading.ask(query.after, (pool) => queryMatrix(pool, { ...asOf, filter }, axes));
    const { origins, prefectures, insidePairing, outsidePairing } = matrix;
    const items = allCells(matrix, currency);
    const sums = { insidePairing, outsidePairing, all: matrix.total };
    return { ...asOf, origins, prefectures, items, total: items.length, sums };
  }
}
