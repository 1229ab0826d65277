import { ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Text } from '../../project/refusal';
import { FieldProblem, Problem } from './problem';

const UNKNOWN_PROPERTY = {
  code: 'unknown-property',
  text: { zh: '没有这个字段', en: 'there is no such property' },
};

/** What a validator says when it fails: give it as `context` in its options. */
export interface FieldContext {
  code: string;
  text: Text;
}

/** Checks bodies and queries against their classes: unknown properties are refused, and all wrong fields named at once. */
export function validationPipe(): ValidationPipe {
  return new StrictValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => validationProblem(errors.flatMap((error) => fieldProblems(error, ''))),
  });
}

/** The library takes for known what every object of JavaScript has, `toString` or `constructor`. */
class StrictValidationPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const inherited = metadata.type === 'body' || metadata.type === 'query' ? inheritedNames(value, '') : [];
    if (inherited.length > 0) {
      throw validationProblem(inherited.map((field) => ({ field, ...UNKNOWN_PROPERTY })));
    }
    return super.transform(value, metadata);
  }
}

/** Paths of the properties, at any depth, that are named as one that every object has. */
function inheritedNames(value: unknown, parent: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const field = pathOf(name, parent);
    return name in Object.prototype ? [field] : inheritedNames(part, field);
  });
}

function validationProblem(errors: FieldProblem[]): Problem {
  const fields = errors.map((error) => error.field).join(', ');
  const text = { zh: `字段有误：${fields}`, en: `wrong: ${fields}` };
  return new Problem({ status: 400, code: 'invalid-fields', text, errors });
}

/** Written as in JSON: `subVenues[2].name`. */
function pathOf(property: string, parent: string): string {
  return /^\d+$/.test(property) ? `${parent}[${property}]` : `${parent}${parent && '.'}${property.slice(0, 100)}`;
}

function fieldProblems(error: ValidationError, parent: string): FieldProblem[] {
  const field = pathOf(error.property, parent);
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => {
    const context = error.contexts?.[constraint] as FieldContext | undefined;
    return { field, ...(context ?? STANDARD[constraint] ?? { code: constraint, text: { zh: message, en: message } }) };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => fieldProblems(child, field))];
}

/** What the library itself objects to. */
const STANDARD: Record<string, FieldContext> = {
  whitelistValidation: UNKNOWN_PROPERTY,
  nestedValidation: { code: 'not-an-object', text: { zh: '应为对象', en: 'must be an object' } },
  unknownValue: { code: 'not-an-object', text: { zh: '应为对象', en: 'must be an object' } },
};
