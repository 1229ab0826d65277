import { applyDecorators, HttpCode, Post, Type } from '@nestjs/common';
import { ApiOperation, ApiResponse, type ApiResponseOptions } from '@nestjs/swagger';
import { PROBLEM_CONTENT } from '../../libs/runtime/http/openapi';
import { RecordedAnswer } from './answer';
import { ApiEnvelope } from './envelope';

interface CommandRouteOptions {
  /** Below the controller's own path. */
  path: string;
  summary: string;
  /** Wire names of the events it leads to. */
  records: string;
  /** 201 instead of 200, and a `Location`. */
  creates?: boolean;
}

type Headers = NonNullable<ApiResponseOptions['headers']>;

const HEADERS: Headers = {
  ETag: { description: 'The revision, in quotes.', schema: { type: 'string', example: '"3"' } },
  'Idempotency-Replayed': {
    description: '`true` when this command had been carried out before; nothing was recorded now.',
    schema: { type: 'string', enum: ['true'] },
  },
};
const LOCATION: Headers[string] = {
  description: 'Address of what was created.',
  schema: { type: 'string', format: 'uri-reference' },
};

/** A route that takes a command, documented with everything that can come of it. */
export function CommandRoute({ path, summary, records, creates }: CommandRouteOptions): MethodDecorator {
  const status = creates ? 201 : 200;
  const headers = creates ? { ...HEADERS, Location: LOCATION } : HEADERS;
  return applyDecorators(
    Post(path),
    HttpCode(status),
    ApiOperation({ summary, description: `Recorded as ${records}.` }),
    ApiEnvelope(),
    ApiResponse({ status, description: 'Recorded.', type: RecordedAnswer as Type, headers }),
    problem(400, 'The request cannot be read: malformed JSON or header, a missing, unknown or ill-typed property.'),
    problem(401, 'No token, or one that is unknown or revoked.'),
    problem(403, 'The role or the prefecture of the caller does not fit.'),
    ...(creates ? [] : [problem(404, 'There is no such thing.')]),
    problem(409, 'Its present state does not allow this.'),
    problem(412, 'It is not at the revision of If-Match any more.'),
    problem(413, 'The body is larger than one megabyte.'),
    problem(415, 'The body is not application/json.'),
    problem(
      422,
      'A field is wrong in itself; `errors` name it. Or the Idempotency-Key was used for another command of the same ' +
        'project or conference.',
    ),
    problem(503, 'The database cannot be reached. Send it again with the same Idempotency-Key.'),
  );
}

function problem(status: number, description: string) {
  return ApiResponse({ status, description, content: PROBLEM_CONTENT });
}
