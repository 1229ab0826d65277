import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PassThrough, Readable, Writable } from 'node:stream';
import { LedgerRow } from '../../libs/ledger/ledger-row';
import { ledgerRowOf } from '../../libs/ledger/ledger-row-of';
import { writeLedgerCsv, writeLedgerXlsx } from '../../libs/ledger/write-ledger';
import { WriteOptions } from '../../libs/ledger/written-cell';
import { Pool } from '../../libs/postgres/pool';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import { projectStates } from '../../libs/read-models/project-states.query';
import { ProjectFilter } from '../../libs/read-models/projects.query';
import { preferredLanguage } from '../../libs/runtime/http/language';
import { ProjectFilterParameters, projectFilter } from './cohort-parameters';
import { BadQuery, MayLag } from './documented-answers';
import { OneOf } from './query-parameters';
import { Reading } from './reading';

class ExportParameters extends ProjectFilterParameters {
  @OneOf(['zh', 'en'], 'Language of headers and names; by `Accept-Language` when missing.', 'zh')
  language?: 'zh' | 'en';
}

const FORMATS = {
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', write: writeLedgerXlsx },
  csv: { type: 'text/csv; charset=utf-8', write: writeLedgerCsv },
} as const;

const TITLES = { zh: '项目台账', en: 'Ledger of projects' };
const DESCRIPTION =
  'The columns are those of an import: importing an export again changes nothing. Filters are those of `/projects`.';

@ApiTags('exports')
@BadQuery()
@MayLag()
@Controller('api/v1/exports')
export class ExportsController {
  constructor(
    @Inject(Reading) private readonly reading: Reading,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @Get('projects.xlsx')
  @ApiOperation({ summary: 'Projects as a ledger (Excel workbook)', description: DESCRIPTION })
  @ApiOkResponse({
    description: 'The workbook, written while it is sent.',
    content: { [FORMATS.xlsx.type]: { schema: { type: 'string', format: 'binary' } } },
  })
  workbook(
    @Query() query: ExportParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    return this.send('xlsx', query, request, reply);
  }

  @Get('projects.csv')
  @ApiOperation({ summary: 'Projects as a ledger (CSV, UTF-8)', description: DESCRIPTION })
  @ApiOkResponse({
    description: 'The rows, written while they are sent.',
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example:
          '项目标识,项目编号,项目名称\r\n7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11,KLMY-2024-017,光伏组件生产基地\r\n',
      },
    },
  })
  csv(
    @Query() query: ExportParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    return this.send('csv', query, request, reply);
  }

  private async send(
    format: keyof typeof FORMATS,
    query: ExportParameters,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Readable> {
    const filter = projectFilter(query, this.programme);
    const language = query.language ?? preferredLanguage(request.headers['accept-language']);
    // Pulled before the answer begins, so that what is wrong with the question can still be answered.
    const rows = await this.reading.ask(query.after, (pool) => begun(ledgerRows(pool, filter)));
    void reply
      .type(FORMATS[format].type)
      .header('cache-control', 'no-store')
      .header('content-language', language)
      .header('content-disposition', `attachment; filename="projects-${this.reading.today()}.${format}"`);
    if (request.method === 'HEAD') {
      await rows.return(undefined);
      // A stream, for an empty text has a length, and it is not that of the export.
      return Readable.from([]);
    }
    return written(rows, FORMATS[format].write, this.options(language));
  }

  private options(language: 'zh' | 'en'): WriteOptions {
    const { programme } = this;
    return {
      language,
      currency: programme.currency,
      title: `${programme.name[language]} · ${TITLES[language]} · ${this.reading.today()}`,
      nameOf: (kind, code) => programme.nameOf(kind, code),
    };
  }
}

async function* ledgerRows(pool: Pool, filter: ProjectFilter): AsyncGenerator<LedgerRow, undefined> {
  for await (const { id, state } of projectStates(pool, filter)) yield ledgerRowOf(state, id);
  return undefined;
}

/** The same rows, the first of them read already. */
async function begun<Row>(rows: AsyncGenerator<Row, undefined>): Promise<AsyncGenerator<Row, undefined>> {
  const first = await rows.next();
  return (async function* () {
    try {
      if (!first.done) yield first.value;
      yield* rows;
    } finally {
      await rows.return(undefined);
    }
    return undefined;
  })();
}

/** What a writer writes, as a stream that is pulled; an error of the rows breaks it off, and leaving it ends the rows. */
function written(
  rows: AsyncIterable<LedgerRow>,
  write: (rows: AsyncIterable<LedgerRow>, out: Writable, options: WriteOptions) => Promise<void>,
  options: WriteOptions,
): Readable {
  const body = new PassThrough();
  write(rows, body, options).catch((error: unknown) => {
    body.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return body;
}
