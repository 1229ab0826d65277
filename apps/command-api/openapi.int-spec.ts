import { Ajv2020 } from 'ajv/dist/2020';
import { createDatabase } from '../../test/support/database';
import { isCivilDate } from '../../libs/project/civil-date';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { CommandApiModule } from './command-api.module';

interface Schema {
  $ref?: string;
  example?: unknown;
  properties?: Record<string, Schema>;
  allOf?: Schema[];
  type?: string;
  items?: Schema;
  enum?: string[];
}
interface Operation {
  operationId: string;
  tags: string[];
  requestBody: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, { schema: Schema }>; headers?: Record<string, unknown> }>;
}
interface Document {
  openapi: string;
  paths: Record<string, { post?: Operation }>;
  components: { schemas: Record<string, Schema> };
}

let database: { url: string; drop: () => Promise<void> };
let server: RunningServer;
let document: Document;
let ajv: Ajv2020;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent', AUTH: 'local' };
  server = await startHttp(CommandApiModule, { configuration: loadConfiguration(env), signals: false });
  document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
  ajv = new Ajv2020({ strict: false, formats: { date: isCivilDate } });
  ajv.addSchema(document, 'openapi.json');
});

afterAll(async () => {
  await server.close();
  await database.drop();
});

/** The example a browser of the document shows: put together from those of the properties. */
function exampleOf(schema: Schema): unknown {
  if (schema.example !== undefined) return schema.example;
  if (schema.$ref) return exampleOf(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.allOf?.[0]) return exampleOf(schema.allOf[0]);
  if (schema.type === 'array') return [exampleOf(schema.items ?? {})];
  const { properties = {} } = schema;
  return Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, exampleOf(property)]));
}

/** What is wrong with a value by a schema of the document; null when nothing is. */
function errorsOf(schema: Schema, value: unknown): unknown {
  const anchored = schema.$ref?.startsWith('#') ? { $ref: `openapi.json${schema.$ref}` } : schema;
  const validate = ajv.compile(anchored);
  return validate(value) ? null : validate.errors;
}

function commands(): [path: string, operation: Operation][] {
  const posts = Object.entries(document.paths).map(([path, { post }]) => [path, post] as const);
  return posts.flatMap(([path, post]) => (post?.tags[0]?.startsWith('Commands: ') ? [[path, post]] : []));
}

describe('the OpenAPI document', () => {
  it('is one', async () => {
    const { Validator } = await import('@seriousme/openapi-schema-validator');
    const result = await new Validator().validate(structuredClone(document) as unknown as Record<string, unknown>);
    expect(result).toEqual(expect.objectContaining({ valid: true }));
    expect(document.openapi).toBe('3.1.0');
  });

  it('describes every command, what can come of it, and examples that fit', () => {
    const paths = commands().map(([path]) => path);
    expect(paths).toHaveLength(19);
    for (const [path, operation] of commands()) {
      const { responses } = operation;
      const body = bodyOf(operation);
      expect([path, errorsOf(body, exampleOf(body))]).toEqual([path, null]);
      for (const [status, { content }] of Object.entries(responses)) {
        const schema = schemaOf(content);
        expect([path, status, errorsOf(schema, exampleOf(schema))]).toEqual([path, status, null]);
      }
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '409', '412', '422', '503']));
    }
  });

  it('names operations once each', () => {
    const ids = commands().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('shows a browser that needs no other host', async () => {
    const page = await (await fetch(`${server.url}/docs`)).text();
    const sources = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) {
      const response = await fetch(new URL(source, `${server.url}/docs`));
      expect([new URL(response.url).origin, response.status]).toEqual([server.url, 200]);
    }
  });
});

describe('the examples of the document', () => {
  const conference = ['/conferences', '/conferences/{id}/sub-venues', '/conferences/{id}/closing'];
  const life = ['promotion', 'intent-signing', 'investment-signing', 'landing', 'construction-start', 'funds'];
  life.push(
    'commitment-revision',
    'suspension',
    'resumption',
    'operation',
    'assignment',
    'investor-change',
    'corrections',
  );
  life.push('revocations', 'termination');

  it('are commands that succeed in the order of a life, and are answered as described', async () => {
    let id = 'karamay-2024';
    for (const step of [...conference, '/projects', ...life.map((fact) => `/projects/{id}/${fact}`)]) {
      const operation = document.paths[`/api/v1${step}`]?.post;
      if (!operation) throw new Error(`${step} is not in the document`);
      const { status, headers, answer } = await send(step.replace('{id}', id), exampleOf(bodyOf(operation)));
      const described = operation.responses[status];
      expect([step, answer, status]).toEqual([step, answer, step.includes('{id}') ? 200 : 201]);
      expect(errorsOf(schemaOf(described?.content), answer)).toBeNull();
      const promised = Object.keys(described?.headers ?? {}).filter((name) => name !== 'Idempotency-Replayed');
      expect(promised.filter((name) => !headers.has(name))).toEqual([]);
      id = String(answer.id);
    }
  });
});

function schemaOf(content: Record<string, { schema: Schema }> | undefined): Schema {
  return Object.values(content ?? {})[0]?.schema ?? {};
}

function bodyOf({ requestBody }: Operation): Schema {
  return schemaOf(requestBody.content);
}

async function send(path: string, body: unknown) {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, answer };
}
