import { CallHandler, ExecutionContext, Injectable, NestInterceptor } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { map, Observable } from 'rxjs';
import { STAGES, type Stage, type Status } from '../../libs/project/events';

/** The body of the answer to a command: where the thing stands after it. */
export class RecordedAnswer {
  @ApiProperty({ description: "The project's or conference's id.", example: '5a1c2b3d-4e5f-5a4b-8f00-0198c0de7d3a' })
  id!: string;

  @ApiProperty({ description: 'Revision after this command; also the `ETag`.', type: 'integer', example: 3 })
  revision!: number;

  @ApiProperty({
    description: 'Place in the whole store: give it as `?after=` to read what you have written.',
    example: '1042',
  })
  position!: string;

  @ApiPropertyOptional({
    description: 'Of a project.',
    type: 'string',
    enum: [...STAGES],
    example: 'investment-signed',
  })
  stage?: Stage;

  @ApiPropertyOptional({
    description: 'Of a project.',
    type: 'string',
    enum: ['active', 'suspended', 'terminated'],
    example: 'active',
  })
  status?: Status;

  @ApiProperty({
    description: 'Events this command was recorded as.',
    example: ['0198c0de-7d3a-7a4b-8f00-5a1c2b3d4e5f'],
  })
  eventIds!: string[];
}

/** What a controller hands to {@link AnswerInterceptor}. */
export interface Recorded {
  answer: RecordedAnswer;
  /** The command had been carried out before. The answer is the same; a header says so. */
  repeated: boolean;
  /** Address of what was created. */
  location?: string;
}

/** Turns {@link Recorded} into body and headers. */
@Injectable()
export class AnswerInterceptor implements NestInterceptor<Recorded, RecordedAnswer> {
  intercept(context: ExecutionContext, next: CallHandler<Recorded>): Observable<RecordedAnswer> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      map(({ answer, repeated, location }) => {
        void reply.header('etag', `"${answer.revision}"`);
        if (repeated) void reply.header('idempotency-replayed', 'true');
        if (location) void reply.header('location', location);
        return answer;
      }),
    );
  }
}
