import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEM_CONTENT } from '../../libs/runtime/http/openapi';

type Schema = Record<string, unknown>;

/**
 * The media type object of a JSON answer: the first example, and the shape that all of them have together. The others say
 * what the first cannot: which fields may be null, and which are there only at times.
 */
export function answer(example: object, ...others: object[]) {
  return { 'application/json': { schema: { ...shapeOf([example, ...others]), example } } };
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

/** What an event says is something else for every type, so no field of it is promised. */
const OPEN = { name: 'data', schema: { type: 'object', additionalProperties: true } };

/** The JSON schema of examples of one thing: the types it has in any of them, of all its fields and items. */
function shapeOf(examples: readonly unknown[]): Schema {
  const types = [...new Set(examples.map(typeOf))];
  const objects = examples.filter((example) => typeOf(example) === 'object') as Schema[];
  const items = examples.filter((example) => Array.isArray(example)).flat();
  return {
    type: types.length === 1 ? types[0] : types,
    ...(objects.length > 0 && { properties: propertiesOf(objects) }),
    ...(types.includes('array') && { items: items.length > 0 ? shapeOf(items) : {} }),
  };
}

function propertiesOf(objects: readonly Schema[]): Record<string, Schema> {
  const names = new Set(objects.flatMap((object) => Object.keys(object)));
  const shapes = [...names].map((name) => {
    const values = objects.filter((object) => name in object).map((object) => object[name]);
    return [name, name === OPEN.name ? OPEN.schema : shapeOf(values)] as const;
  });
  return Object.fromEntries(shapes);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
