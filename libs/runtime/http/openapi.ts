import { INestApplication } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional, DocumentBuilder, OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** One wrong field, as OpenAPI describes it. */
export class FieldProblemDocument {
  @ApiProperty({ description: 'Path of the field as in JSON.', example: 'amount.value' })
  field!: string;

  @ApiProperty({ description: 'Stable and machine-readable.', example: 'amount' })
  code!: string;

  @ApiProperty({
    description: 'What is wrong, in the language of Accept-Language (zh or en).',
    example: 'must be an amount',
  })
  detail!: string;
}

/** A problem (RFC 9457), as OpenAPI describes it. */
export class ProblemDocument {
  @ApiProperty({ example: 'urn:luodi:problem:invalid-fields' })
  type!: string;

  @ApiProperty({ example: 'Bad Request' })
  title!: string;

  @ApiProperty({ type: 'integer', example: 400 })
  status!: number;

  @ApiProperty({ description: 'Stable and machine-readable.', example: 'invalid-fields' })
  code!: string;

  @ApiProperty({ description: 'In the language of Accept-Language (zh or en).', example: 'wrong: amount.value' })
  detail!: string;

  @ApiProperty({
    description: 'Correlation id of the request: the log says more under it.',
    example: '0198c0de-7d3a-7a4b-8f00-5a1c2b3d4e5f',
  })
  id!: string;

  @ApiPropertyOptional({ type: [FieldProblemDocument] })
  errors?: FieldProblemDocument[];
}

/** The media type object of a problem, for `@ApiResponse({ content })`. */
export const PROBLEM_CONTENT = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/ProblemDocument' } },
};

/** Serves the OpenAPI document of all routes at `/openapi.json` and a browser at `/docs`, from local files alone. */
export function serveOpenApi(app: INestApplication, title: string): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= describeApi(app, title)), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: title,
    swaggerOptions: { persistAuthorization: true, validatorUrl: null },
  });
}

/** The OpenAPI document of all routes of an application. */
export function describeApi(app: INestApplication, title: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'luodi_<id>_<secret>, made by `luodi token create`' })
    .addSecurityRequirements('bearer')
    .build();
  return SwaggerModule.createDocument(app, config, { extraModels: [ProblemDocument] });
}
