import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import { originOf } from '../../libs/topics/origin';
import { publishedSchemas, servedAsyncApi, servedSchema } from '../../libs/topics/published';
import { Configuration } from '../../libs/runtime/configuration';
import { notFound } from '../../libs/runtime/http/problem';
import { Public } from '../../libs/runtime/identity/access';
import { MayBeMissing } from './documented-answers';

const SCHEMA_TYPE = 'application/schema+json';
const EXAMPLE = { $id: 'https://luodi.example/schemas/luodi.project-landed.v1.json', type: 'object', properties: {} };

/** The contract of the Kafka topics, open to everybody: it holds no data. */
@ApiTags('topics')
@Public()
@Controller()
export class SchemasController {
  private readonly schemas = publishedSchemas();

  constructor(
    @Inject(Configuration) private readonly configuration: Configuration,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @Get('schemas/:name')
  @Header('content-type', SCHEMA_TYPE)
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({
    summary: 'JSON Schema of the data of a message',
    description: '`name` is a type with `.json`: what stands in `dataschema` leads here. Old versions stay.',
  })
  @ApiOkResponse({
    description: 'The schema (draft-07).',
    content: { [SCHEMA_TYPE]: { schema: { type: 'object' }, example: EXAMPLE } },
  })
  @MayBeMissing()
  schema(@Param('name') name: string): object {
    const type = name.endsWith('.json') ? name.slice(0, -'.json'.length) : '';
    const schema = Object.hasOwn(this.schemas, type) ? this.schemas[type] : undefined;
    if (!schema) throw notFound({ zh: '没有这个消息类型', en: 'there is no such type of message' });
    return servedSchema(type, schema, this.origin);
  }

  @Get('asyncapi.json')
  @Header('cache-control', 'public, max-age=300')
  @ApiOperation({ summary: 'AsyncAPI document of the Kafka topics' })
  @ApiOkResponse({
    description: 'AsyncAPI 3.0.',
    content: { 'application/json': { schema: { type: 'object' }, example: { asyncapi: '3.0.0', channels: {} } } },
  })
  asyncApi(): object {
    return servedAsyncApi(this.origin);
  }

  private get origin() {
    return originOf(this.configuration, this.programme.id);
  }
}
