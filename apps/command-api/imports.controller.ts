import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ImportJobRows } from '../../libs/ledger/import-job-rows';
import { ImportJob, ImportJobs } from '../../libs/ledger/import-jobs';
import { remarkOf } from '../../libs/ledger/import-remark';
import { writeReport } from '../../libs/ledger/report-workbook';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { preferredLanguage } from '../../libs/runtime/http/language';
import { PROBLEM_CONTENT } from '../../libs/runtime/http/openapi';
import { notFound, Problem } from '../../libs/runtime/http/problem';
import { callerOf, endWhenRefused, Roles } from '../../libs/runtime/identity/access';
import { ImportAnswer, importAnswer, ImportRowsAnswer, ImportRowsQuery, ImportsAnswer } from './import-answers';
import { importProgress } from './import-progress';
import { importCaller, importRequest } from './import-request';
import { ImportRunner } from './import-runner';
import { receiveUpload } from './import-upload';

const problem = (status: number, description: string) => ApiResponse({ status, description, content: PROBLEM_CONTENT });

/** Ledgers handed in over HTTP: checked first, applied when somebody asks for it. A clerk sees only the own ones. */
@ApiTags('Ledger imports')
@problem(401, 'No token, or one that is unknown or revoked.')
@Controller('api/v1/imports')
export class ImportsController {
  constructor(
    @Inject(ImportJobs) private readonly jobs: ImportJobs,
    @Inject(ImportJobRows) private readonly rows: ImportJobRows,
    @Inject(ImportRunner) private readonly runner: ImportRunner,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @Post()
  @HttpCode(202)
  @Roles('clerk', 'administrator')
  @ApiOperation({
    summary: 'Hand in a ledger 台账',
    description: 'It is checked row by row, and nothing is recorded until its application is asked for.',
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary', description: 'XLSX or CSV (UTF-8 or GB18030), at most 32 MiB.' },
        dryRun: { type: 'string', enum: ['true', 'false'], default: 'true', description: '`false` records at once.' },
        mapping: { type: 'string', description: 'Id of a register mapping. Administrators only.' },
        recordedAt: { type: 'string', format: 'date-time', description: 'A backfill. Administrators only.' },
        source: { type: 'string', description: 'Where a backfill comes from.' },
      },
    },
  })
  @ApiResponse({ status: 202, description: 'Taken; `Location` says how it goes on.', type: ImportAnswer })
  @problem(400, 'Not well-formed, or a field is wrong.')
  @problem(403, 'The role does not fit.')
  @problem(413, 'The file is too large, or unpacks to too much.')
  @problem(415, 'Not multipart/form-data, or the file is neither a workbook nor CSV.')
  @problem(422, 'The file cannot be read as a ledger.')
  async handIn(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<ImportAnswer> {
    const upload = await receiveUpload(request);
    try {
      const wanted = await importRequest(upload, callerOf(request), this.programme);
      await this.jobs.create(wanted, upload.path, this.runner.id);
      this.runner.start(wanted.id);
      void reply.header('location', `/api/v1/imports/${wanted.id}`);
      return await this.answer(wanted.id, request);
    } finally {
      await upload.discard();
    }
  }

  @Get()
  @ApiOperation({ summary: 'The latest imports' })
  @ApiResponse({ status: 200, type: ImportsAnswer })
  async list(@Req() request: FastifyRequest): Promise<ImportsAnswer> {
    const { actor } = callerOf(request).actor.role === 'clerk' ? callerOf(request) : { actor: undefined };
    const jobs = await this.jobs.list(100, actor?.subject);
    return { items: jobs.map((job) => importAnswer({ ...job, report: undefined }, languageOf(request))) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'How an import goes, and what it came to' })
  @ApiResponse({ status: 200, type: ImportAnswer })
  @problem(404, 'There is no such import.')
  answer(@Param('id') id: string, @Req() request: FastifyRequest): Promise<ImportAnswer> {
    return this.find(id, request).then((job) => importAnswer(job, languageOf(request)));
  }

  @Get(':id/rows')
  @ApiOperation({ summary: 'What became of each row, or would become of it' })
  @ApiResponse({ status: 200, type: ImportRowsAnswer })
  @problem(404, 'There is no such import.')
  async readRows(
    @Param('id') id: string,
    @Query() query: ImportRowsQuery,
    @Req() request: FastifyRequest,
  ): Promise<ImportRowsAnswer> {
    const { phase } = await this.find(id, request);
    const items = await this.rows.page(id, phase, query);
    return { items, next: items.length < query.limit ? null : (items.at(-1)?.row ?? null) };
  }

  @Get(':id/report')
  @ApiOperation({ summary: 'The same file with one column more, which says what became of each row' })
  @ApiResponse({ status: 200, description: 'A workbook for a workbook, CSV for CSV.' })
  @problem(404, 'There is no such import.')
  @problem(409, 'The phase is not done.')
  async report(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const job = await this.find(id, request);
    if (!job.report) throw new Problem(NOT_DONE);
    const folder = await mkdtemp(join(tmpdir(), 'luodi-import-'));
    const body = new PassThrough();
    body.once('close', () => void rm(folder, { recursive: true, force: true }));
    const source = { path: join(folder, 'ledger'), name: job.name };
    await this.jobs.writeFile(id, source.path);
    const language = languageOf(request);
    const { sheet, headerRow, encoding } = job.report;
    // Only text has an encoding; what a file is called does not tell what it is.
    const isWorkbook = encoding === undefined;
    writeReport(source, this.remarks(job, language), body, { language, sheet, headerRow, encoding }).catch(
      (error: unknown) => body.destroy(error as Error),
    );
    const name = reportName(job.name, isWorkbook);
    void reply
      .type(isWorkbook ? XLSX : 'text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
      .send(body);
  }

  @Get(':id/progress')
  @ApiOperation({ summary: 'Progress as server-sent events, until the phase ends' })
  @ApiResponse({ status: 200, content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @problem(404, 'There is no such import.')
  async progress(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.find(id, request);
    const language = languageOf(request);
    const events = importProgress(
      () => this.jobs.find(id),
      (job) => importAnswer(job, language),
      this.runner.closed,
    );
    void reply
      .type('text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('x-accel-buffering', 'no')
      .send(endWhenRefused(Readable.from(events), request));
  }

  @Post(':id/application')
  @HttpCode(202)
  @Roles('clerk', 'administrator')
  @ApiOperation({
    summary: 'Record what the ledger says',
    description: 'Every row is compared anew. Asked for again it has no second effect; an interrupted one goes on.',
  })
  @ApiResponse({ status: 202, type: ImportAnswer })
  @problem(403, 'The role does not fit.')
  @problem(404, 'There is no such import.')
  @problem(409, 'The check is not done: it is still running, failed, or was interrupted.')
  async apply(@Param('id') id: string, @Req() request: FastifyRequest): Promise<ImportAnswer> {
    const job = await this.find(id, request);
    const caller = callerOf(request);
    if ((job.mapping || job.backfill) && caller.actor.role !== 'administrator') throw new Problem(ADMINISTRATORS);
    if (await this.jobs.claimApplication(id, importCaller(caller), this.runner.id)) this.runner.start(id);
    const answer = await this.answer(id, request);
    if (answer.phase === 'check') throw new Problem(NOT_CHECKED);
    return answer;
  }

  @Delete(':id')
  @HttpCode(204)
  @Roles('clerk', 'administrator')
  @ApiOperation({
    summary: 'Stop and forget an import',
    description: 'What it has recorded stays recorded.',
  })
  @ApiResponse({ status: 204 })
  @problem(403, 'The role does not fit.')
  @problem(404, 'There is no such import.')
  async forget(@Param('id') id: string, @Req() request: FastifyRequest): Promise<void> {
    await this.find(id, request);
    await this.jobs.delete(id);
    this.runner.drop(id);
  }

  private async find(id: string, request: FastifyRequest): Promise<ImportJob> {
    const job = UUID.test(id) ? await this.jobs.find(id) : undefined;
    const { actor } = callerOf(request);
    if (job && (actor.role !== 'clerk' || job.createdBy.subject === actor.subject)) return job;
    throw notFound({ zh: '没有这次导入', en: 'there is no such import' });
  }

  private async *remarks({ id, phase }: ImportJob, language: 'zh' | 'en') {
    for await (const result of this.rows.all(id, phase)) yield remarkOf(result, language);
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

function languageOf(request: FastifyRequest): 'zh' | 'en' {
  return preferredLanguage(request.headers['accept-language']);
}

function reportName(name: string, isWorkbook: boolean): string {
  const bare = name.replace(/\.gz$/i, '');
  const known = /\.(xlsx|csv|tsv|txt)$/i.exec(bare)?.[0] ?? '';
  const isRight = known !== '' && /x$/i.test(known) === isWorkbook;
  const stem = bare.slice(0, bare.length - known.length);
  return `${stem}-report${isRight ? known : isWorkbook ? '.xlsx' : '.csv'}`;
}

const NOT_DONE = {
  status: 409,
  code: 'import-not-done',
  text: { zh: '导入尚未完成', en: 'the import is not done yet, or failed' },
};
const NOT_CHECKED = {
  status: 409,
  code: 'import-not-checked',
  text: {
    zh: '检查尚未完成；检查失败或中断的台账请重新上传',
    en: 'the check is not done; a ledger whose check failed or was interrupted has to be handed in again',
  },
};
const ADMINISTRATORS = {
  status: 403,
  code: 'role',
  text: { zh: '只有管理员可以使用映射或补录', en: 'mappings and backfills are for administrators' },
};
