import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, Length, Matches, ValidateIf, type ValidationOptions } from 'class-validator';

export const SUBSCRIPTION_EXAMPLE = {
  name: '克拉玛依招商平台',
  url: 'https://hooks.example.org/luodi',
  programmes: ['xinjiang-aid'],
  prefectures: ['650200'],
  eventTypes: ['luodi.investment-signed.v1', 'luodi.project-landed.v1'],
};

/** A list of codes that may be left out: then all are meant. */
function Codes(description: string, example: string[]) {
  const list = says('list', '应为列表，最多 200 项', 'must be a list of 200 entries at most');
  const code = says('code', '应为 1 到 200 字的代码', 'must be a code of 1 to 200 characters');
  return applyDecorators(
    ApiPropertyOptional({ description: `${description} Left out or empty: all.`, type: [String], example }),
    ValidateIf((_, value) => value !== undefined),
    IsArray(list),
    ArrayMaxSize(200, list),
    IsString({ ...code, each: true }),
    Length(1, 200, { ...code, each: true }),
    Matches(NO_NUL, { ...code, each: true }),
  );
}

/** PostgreSQL holds no NUL. */
const NO_NUL = /^[^\0]*$/;

export class SubscriptionBody {
  @ApiProperty({ description: 'Who is told, for people.', example: SUBSCRIPTION_EXAMPLE.name, maxLength: 200 })
  @Length(1, 200, says('text', '应为 1 到 200 字的文本', 'must be text of 1 to 200 characters'))
  @Matches(NO_NUL, says('text', '不得含空字符', 'must not hold a NUL character'))
  name!: string;

  @ApiProperty({
    description: 'Is sent every event by POST. https:// to a public address, unless the configuration allows more.',
    example: SUBSCRIPTION_EXAMPLE.url,
    format: 'uri',
    maxLength: 2000,
  })
  @Length(1, 2000, says('url', '应为网址', 'must be a URL'))
  @Matches(NO_NUL, says('url', '应为网址', 'must be a URL'))
  url!: string;

  @Codes('Ids of programmes.', SUBSCRIPTION_EXAMPLE.programmes)
  programmes?: string[];

  @Codes('Codes of prefectures, where the project is built.', SUBSCRIPTION_EXAMPLE.prefectures)
  prefectures?: string[];

  @Codes('Types of messages of luodi.project-events.v1.', SUBSCRIPTION_EXAMPLE.eventTypes)
  eventTypes?: string[];
}

function says(code: string, zh: string, en: string): ValidationOptions {
  return { context: { code, text: { zh, en } } };
}
