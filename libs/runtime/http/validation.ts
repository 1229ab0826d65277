import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { Text } from '../../project/refusal';
import { FieldProblem, Problem } from './problem';

/** What a validator says when it fails: give it as `context` in its options. */
export interface FieldContext {
  code: string;
  text: Text;
}

/** Checks bodies and queries against their classes: unknown properties are refused, and all wrong fields named at once. */
export function validationPipe(): ValidationPipe {
  return new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => validationProblem(errors.flatMap((error) => fieldProblems(error, ''))),
  });
}

function validationProblem(errors: FieldProblem[]): Problem {
  const fields = errors.map((error) => error.field).join(', ');
  const text = { zh: `字段有误：${fields}`, en: `wrong: ${fields}` };
  return new Problem({ status: 400, code: 'invalid-fields', text, errors });
}

/** Paths are written as in JSON: `subVenues[2].name`. */
function fieldProblems(error: ValidationError, parent: string): FieldProblem[] {
  const field = /^\d+$/.test(error.property)
    ? `${parent}[${error.property}]`
    : `${parent}${parent && '.'}${error.property.slice(0, 100)}`;
  const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => {
    const context = error.contexts?.[constraint] as FieldContext | undefined;
    return { field, ...(context ?? STANDARD[constraint] ?? { code: constraint, text: { zh: message, en: message } }) };
  });
  return [...own, ...(error.children ?? []).flatMap((child) => fieldProblems(child, field))];
}

/** What the library itself objects to. */
const STANDARD: Record<string, FieldContext> = {
  whitelistValidation: { code: 'unknown-property', text: { zh: '没有这个字段', en: 'there is no such property' } },
  nestedValidation: { code: 'not-an-object', text: { zh: '应为对象', en: 'must be an object' } },
  unknownValue: { code: 'not-an-object', text: { zh: '应为对象', en: 'must be an object' } },
};
