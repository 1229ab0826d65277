import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { ImportJob, type ImportPhase, type ImportStatus } from '../../libs/ledger/import-jobs';
import type { ImportProgress, ImportReport, RowOutcome, RowResult } from '../../libs/ledger/import-report';
import { Language } from '../../libs/runtime/http/language';

const PROGRESS_NUMBERS = ['rows', 'created', 'changed', 'unchanged', 'refused', 'bytesRead', 'bytesTotal', 'rate'];
const OUTCOMES = ['created', 'changed', 'unchanged', 'refused'] as const;

export class ImportRowsQuery {
  @ApiPropertyOptional({ enum: OUTCOMES, description: 'Only rows with this outcome.' })
  @IsOptional()
  @IsIn(OUTCOMES, {
    context: { code: 'unknown-value', text: { zh: '没有这个结果', en: `one of ${OUTCOMES.join(', ')}` } },
  })
  outcome?: RowOutcome;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Rows after this row number: `next` of the page before.',
  })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ context: { code: 'integer', text: { zh: '应为整数', en: 'must be a whole number' } } })
  @Min(0, { context: { code: 'range', text: { zh: '不能小于 0', en: 'must not be negative' } } })
  @Max(2 ** 31 - 1, { context: { code: 'range', text: { zh: '过大', en: 'is too large' } } })
  after?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt({ context: { code: 'integer', text: { zh: '应为整数', en: 'must be a whole number' } } })
  @Min(1, { context: { code: 'range', text: { zh: '至少为 1', en: 'must be at least 1' } } })
  @Max(1000, { context: { code: 'range', text: { zh: '至多为 1000', en: 'must be at most 1000' } } })
  limit: number = 100;
}

export class ImportAnswer {
  @ApiProperty({ format: 'uuid', example: '5a1c2b3d-4e5f-4a4b-8f00-0198c0de7d3a' })
  id!: string;

  @ApiProperty({ example: '签约台账.xlsx' })
  name!: string;

  @ApiProperty({ type: 'integer', description: 'Size of the file.', example: 31415 })
  bytes!: number;

  @ApiProperty({ format: 'date-time', example: '2024-05-14T02:00:00.000Z' })
  createdAt!: string;

  @ApiProperty({ description: 'Who handed it in.', example: '张三' })
  createdBy!: string;

  @ApiProperty({
    enum: ['check', 'application'],
    description: '`check` is a dry run: nothing is recorded. `application` records.',
  })
  phase!: ImportPhase;

  @ApiProperty({
    enum: ['queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'],
    description: 'Of the phase. An interrupted application goes on when it is asked for again.',
  })
  status!: ImportStatus;

  @ApiPropertyOptional({ description: 'Register mapping it is read with.', example: 'uk-repd' })
  mapping?: string;

  @ApiPropertyOptional({
    type: 'object',
    properties: { recordedAt: { type: 'string', format: 'date-time' }, source: { type: 'string' } },
  })
  backfill?: { recordedAt: string; source: string };

  @ApiPropertyOptional({
    type: 'object',
    required: ['step', ...PROGRESS_NUMBERS],
    properties: {
      step: {
        type: 'string',
        enum: ['reading', 'comparing', 'recording'],
        description:
          'An application first reads the file to its end (`reading`: no row counts yet), then records; a check compares.',
      },
      ...Object.fromEntries(PROGRESS_NUMBERS.map((name) => [name, { type: 'integer' }])),
    },
    description: 'Rows and their outcomes; bytes read of the total, and rows per second, of the step.',
    example: {
      step: 'recording',
      rows: 129,
      created: 129,
      changed: 0,
      unchanged: 0,
      refused: 0,
      bytesRead: 31415,
      bytesTotal: 31415,
      rate: 900,
    },
  })
  progress?: ImportProgress;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Once the phase is done: outcomes, refusals and notes by code with examples, commands by type.',
  })
  report?: ImportReport;

  @ApiPropertyOptional({
    type: 'object',
    properties: { code: { type: 'string' }, detail: { type: 'string' } },
    description: 'Why the phase failed.',
  })
  problem?: { code: string; detail: string };
}

/** A job as it is answered, in the language of the caller. */
export function importAnswer(job: ImportJob, language: Language): ImportAnswer {
  const { id, name, bytes, createdAt, createdBy, phase, status, mapping, backfill, progress, report, problem } = job;
  return {
    id,
    name,
    bytes,
    createdAt: createdAt.toISOString(),
    createdBy: createdBy.name,
    phase,
    status,
    ...(mapping && { mapping }),
    ...(backfill && { backfill }),
    ...(progress && { progress }),
    ...(report && { report }),
    ...(problem && { problem: { code: problem.code, detail: problem.text[language] } }),
  };
}

const FINDINGS: ApiPropertyOptions = {
  type: 'array',
  items: {
    type: 'object',
    required: ['code', 'text'],
    properties: {
      field: { type: 'string', example: 'landedOn' },
      cell: { type: 'string', example: 'D17' },
      code: { type: 'string', example: 'date-order' },
      text: { type: 'object', properties: { zh: { type: 'string' }, en: { type: 'string' } } },
    },
  },
};

/** A {@link RowResult}, as OpenAPI describes it. */
class ImportRowDocument implements RowResult {
  @ApiProperty({ description: 'Empty for CSV.', example: 'Sheet1' })
  sheet!: string;

  @ApiProperty({ type: 'integer', description: 'Counted from 1 as the spreadsheet shows it.', example: 17 })
  row!: number;

  @ApiPropertyOptional({ format: 'uuid', description: 'Id of the project, where the row names one.' })
  project?: string;

  @ApiPropertyOptional({ example: 'KLMY-2024-017' })
  code?: string;

  @ApiPropertyOptional({ example: '光伏组件生产基地（示例）' })
  title?: string;

  @ApiProperty({ enum: OUTCOMES })
  outcome!: RowOutcome;

  @ApiProperty({ type: [String], description: 'What is recorded, one line per command.', example: ['Land 2024-06-01'] })
  commands!: string[];

  @ApiProperty({ ...FINDINGS, description: 'Why the row was refused.' })
  errors!: RowResult['errors'];

  @ApiProperty({ ...FINDINGS, description: 'Differences that no event can express, and what was assumed.' })
  notes!: RowResult['notes'];
}

export class ImportRowsAnswer {
  @ApiProperty({ type: [ImportRowDocument] })
  items!: RowResult[];

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Give it as `after` for the next page; null at the end.',
    example: 117,
  })
  next!: number | null;
}

export class ImportsAnswer {
  @ApiProperty({ type: [ImportAnswer] })
  items!: ImportAnswer[];
}
