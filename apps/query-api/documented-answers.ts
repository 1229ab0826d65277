import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEM_CONTENT } from '../../libs/runtime/http/openapi';

type Schema = Record<string, unknown>;

/** The media type object of a JSON answer: the example, and the shape that it has. */
export function answer(example: object) {
  return { 'application/json': { schema: { ...shapeOf(example), example } } };
}

/** What every query may answer beside what it is for. */
export function BadQuery() {
  return applyDecorators(
    ApiResponse({
      status: 400,
      description: 'A parameter is unknown or wrong; `errors` names it.',
      content: PROBLEM_CONTENT,
    }),
    ApiResponse({ status: 401, description: 'No token, or one that is not known.', content: PROBLEM_CONTENT }),
  );
}

/** For queries of read models. */
export function MayLag() {
  return ApiResponse({
    status: 503,
    description: 'The position of `after` has not arrived in time; `Retry-After` says when to ask again.',
    content: PROBLEM_CONTENT,
  });
}

/** For one thing among many. */
export function MayBeMissing() {
  return ApiResponse({ status: 404, description: 'There is none of that name.', content: PROBLEM_CONTENT });
}

/** The JSON schema of an example: types of its fields; `null` leaves open what else there may be. */
function shapeOf(value: unknown): Schema {
  if (value === null) return {};
  if (Array.isArray(value)) return { type: 'array', items: value.length > 0 ? shapeOf(value[0]) : {} };
  if (typeof value === 'object') {
    const properties = Object.entries(value).map(([name, part]) => [name, shapeOf(part)] as const);
    return { type: 'object', properties: Object.fromEntries(properties) };
  }
  return { type: typeof value };
}
