import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Min,
  ValidateIf,
  ValidateNested,
  type ValidationOptions,
} from 'class-validator';
import { Text } from '../../../libs/project/refusal';

// One decorator for each kind of field: how it is checked and how it is documented. They check the shape alone (400);
// what a value means is the decider's matter (422).

/** A list longer than this is no list a person wrote. */
const LIST_LIMIT = 200;

interface FieldOptions {
  description: string;
  example: unknown;
  /** May be left out; a field that is there is never null. */
  optional?: boolean;
}

/** Text in any language. */
export function TextField({ maxLength, pattern, ...field }: FieldOptions & { maxLength?: number; pattern?: string }) {
  const documented = ApiProperty({ ...described(field), type: 'string', minLength: 1, maxLength, pattern });
  return applyDecorators(documented, presence(field), IsString(says('text', '应为文本', 'must be text')));
}

/** A civil date. Whether the day exists, and has come, the decider says. */
export function DayField(field: FieldOptions) {
  const documented = ApiProperty({ ...described(field), type: 'string', format: 'date' });
  const options = says('date', '应为日期（YYYY-MM-DD）', 'must be a date, written YYYY-MM-DD');
  return applyDecorators(documented, presence(field), IsString(options));
}

/** One of a few words. */
export function ChoiceField({ choices, ...field }: FieldOptions & { choices: readonly string[] }) {
  const list = choices.join(', ');
  const documented = ApiProperty({ ...described(field), type: 'string', enum: [...choices] });
  return applyDecorators(
    documented,
    presence(field),
    IsIn(choices, says('choice', `应为 ${list} 之一`, `must be one of ${list}`)),
  );
}

/** A revision: a whole number from 0 on. */
export function RevisionField(field: FieldOptions) {
  const documented = ApiProperty({ ...described(field), type: 'integer', minimum: 0 });
  const options = says('revision', '应为不小于 0 的整数', 'must be a whole number, 0 or more');
  return applyDecorators(documented, presence(field), IsInt(options), Min(0, options));
}

/** Several texts. */
export function TextListField({ minItems, ...field }: FieldOptions & { minItems?: number }) {
  const items = { type: 'string' } as const;
  const documented = ApiProperty({ ...described(field), type: 'array', items, minItems, maxItems: LIST_LIMIT });
  const each = { ...says('text', '应为文本', 'must be text'), each: true };
  return applyDecorators(documented, presence(field), ...isList(), IsString(each));
}

/** An object of its own class. */
export function ObjectField({ type, ...field }: FieldOptions & { type: new () => object }) {
  const documented = ApiProperty({ ...described(field), type });
  const isObject = IsObject(says('object', '应为对象', 'must be an object'));
  return applyDecorators(
    documented,
    presence(field),
    isObject,
    ValidateNested(),
    Type(() => type),
  );
}

/** Several objects of one class. */
export function ObjectListField({
  type,
  minItems,
  ...field
}: FieldOptions & { type: new () => object; minItems?: number }) {
  const documented = ApiProperty({ ...described(field), type: [type], minItems, maxItems: LIST_LIMIT });
  const isEachObject = IsObject({ ...says('object', '应为对象', 'must be an object'), each: true });
  return applyDecorators(
    documented,
    presence(field),
    ...isList(),
    isEachObject,
    ValidateNested({ each: true }),
    Type(() => type),
  );
}

function described({ description, example, optional }: FieldOptions) {
  return { description, example, required: !optional };
}

function presence({ optional }: FieldOptions): PropertyDecorator {
  if (optional) return ValidateIf((_, value) => value !== undefined);
  return IsDefined(says('required', '必填', 'is required'));
}

function isList(): PropertyDecorator[] {
  const tooLong = says('list-too-long', `不能超过 ${LIST_LIMIT} 项`, `must not have more than ${LIST_LIMIT} entries`);
  return [IsArray(says('list', '应为列表', 'must be a list')), ArrayMaxSize(LIST_LIMIT, tooLong)];
}

function says(code: string, zh: string, en: string): ValidationOptions {
  const text: Text = { zh, en };
  return { context: { code, text } };
}
