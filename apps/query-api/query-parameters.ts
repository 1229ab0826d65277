import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional, ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, Matches, ValidateBy } from 'class-validator';
import { isCivilDate } from '../../libs/project/civil-date';
import { Text } from '../../libs/project/refusal';
import { AsOf } from '../../libs/read-models/figures';
import { isInstant } from '../../libs/runtime/instant';

/** One parameter of a query: how it is documented, which values it takes, and what is said about any other. */
interface Rule {
  api: ApiPropertyOptions;
  code: string;
  text: Text;
  accepts: (value: unknown) => boolean;
}

function parameter({ api, code, text, accepts }: Rule): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional(api),
    IsOptional(),
    ValidateBy(
      { name: code, validator: { validate: accepts, defaultMessage: () => text.en } },
      { context: { code, text } },
    ),
  );
}

/** One of a few words. */
export function OneOf(words: readonly string[], description: string, example?: string): PropertyDecorator {
  const list = words.join(', ');
  return parameter({
    api: { description, enum: [...words], example },
    code: 'unknown-value',
    text: { zh: `应为以下之一：${list}`, en: `must be one of ${list}` },
    accepts: (value) => typeof value === 'string' && words.includes(value),
  });
}

/** A civil date `YYYY-MM-DD`. */
export function Day(description: string, example = '2024-12-31'): PropertyDecorator {
  return parameter({
    api: { type: String, format: 'date', description, example },
    code: 'civil-date',
    text: { zh: '应为存在的日期，格式 YYYY-MM-DD', en: 'must be a day that exists, as YYYY-MM-DD' },
    accepts: (value) => typeof value === 'string' && isCivilDate(value),
  });
}

/** A month `YYYY-MM`. */
export function Month(description: string, example = '2024-05'): PropertyDecorator {
  return parameter({
    api: { type: String, pattern: '^\\d{4}-\\d{2}$', description, example },
    code: 'month',
    text: { zh: '应为月份，格式 YYYY-MM', en: 'must be a month, as YYYY-MM' },
    accepts: (value) => typeof value === 'string' && /^\d{4}-\d{2}$/.test(value) && isCivilDate(`${value}-01`),
  });
}

/** An instant with its offset; becomes ISO 8601 in UTC with milliseconds. A `+` that came as a space is understood. */
export function Instant(description: string, example = '2024-06-30T16:00:00Z'): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => toInstant(value)),
    parameter({
      api: { type: String, format: 'date-time', description, example },
      code: 'instant',
      text: {
        zh: '应为带时区的时刻，如 2024-06-30T16:00:00Z',
        en: 'must be an instant with its offset, such as 2024-06-30T16:00:00Z',
      },
      accepts: (value) => typeof value === 'string' && isInstant(value),
    }),
  );
}

function toInstant(value: unknown): unknown {
  const text = typeof value === 'string' ? value.replace(/ (\d{2}:\d{2})$/, '+$1') : '';
  return isInstant(text) ? new Date(text).toISOString() : value;
}

/** `true` or `false`. */
export function Flag(description: string): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value)),
    parameter({
      api: { type: Boolean, description },
      code: 'boolean',
      text: { zh: '应为 true 或 false', en: 'must be true or false' },
      accepts: (value) => typeof value === 'boolean',
    }),
  );
}

/** A whole number between two bounds, both included. */
export function Whole(bounds: { min: number; max: number; default: number }, description: string): PropertyDecorator {
  const { min, max } = bounds;
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ),
    parameter({
      api: { type: 'integer', minimum: min, maximum: max, default: bounds.default, description },
      code: 'whole-number',
      text: { zh: `应为 ${min} 至 ${max} 的整数`, en: `must be a whole number from ${min} to ${max}` },
      accepts: (value) => typeof value === 'number' && value >= min && value <= max,
    }),
  );
}

/** A word such as a code or an id. What it names is checked elsewhere. */
export function Code(description: string, example?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, description, example }),
    IsOptional(),
    Matches(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u, {
      context: { code: 'code', text: { zh: '应为编码', en: 'must be a code' } satisfies Text },
    }),
  );
}

/** Any text up to a length; without control characters, which PostgreSQL would not take. */
export function FreeText(maximum: number, description: string, example?: string): PropertyDecorator {
  return parameter({
    api: { type: String, maxLength: maximum, description, example },
    code: 'text',
    text: { zh: `应为 1 至 ${maximum} 个字符的文本`, en: `must be a text of 1 to ${maximum} characters` },
    accepts: (value) => typeof value === 'string' && value !== '' && value.length <= maximum && !/\p{Cc}/u.test(value),
  });
}

/** Read your own writes. */
export class AfterParameter {
  @FreeText(
    100,
    'Read your own writes: the position that a command answered with. Waits up to five seconds until it can be seen here; then 503 with Retry-After.',
    '1042',
  )
  after?: string;
}

/** The two times a statistic may look back by. */
export class AsOfParameters extends AfterParameter {
  @Day('Counts what had happened by the end of that day.')
  validOn?: string;

  @Instant('Counts what had been recorded by that instant.')
  knownAt?: string;
}

/** Of the parameters, those of {@link AsOfParameters} that are given: they are also shown in the answer. */
export function asOfOf({ validOn, knownAt }: AsOf): AsOf {
  return { ...(validOn !== undefined && { validOn }), ...(knownAt !== undefined && { knownAt }) };
}
