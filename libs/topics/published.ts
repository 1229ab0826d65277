import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Origin, schemaUrl } from './origin';

// What is served: the contract as it was published (`npm run topics:publish`), which a test compares with the code. Read
// from files, so that nobody who only serves it has to load what makes it.

/** A JSON Schema (draft-07, which AsyncAPI reads as it is) without `$schema` and `$id`. */
export type JsonSchema = Readonly<Record<string, unknown>>;
/** By type with version, such as `luodi.project-landed.v1`. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/** As far as serving has to know it. */
export interface AsyncApi {
  asyncapi: string;
  channels: Record<
    string,
    {
      address: string;
      messages: Record<string, unknown>;
      bindings: { kafka: { topicConfiguration: { 'cleanup.policy': unknown } } };
    }
  >;
  components: {
    messages: Record<
      string,
      { bindings: { kafka: { key: unknown } }; examples: { payload: { type: string; source: string } | null }[] }
    >;
  };
}

/** What examples say where the origin of the one who serves them belongs. */
export const EXAMPLE_ORIGIN: Origin = { source: '/luodi/example', publicUrl: 'https://luodi.example' };

export const ASYNC_API = 'asyncapi.json';
const FOLDER = join(__dirname, 'published');
const SCHEMA = /\.v\d+\.json$/;

/** All published schemas; also of versions that are no longer written, but stand in topics that are kept for ever. */
export function publishedSchemas(folder = FOLDER): Schemas {
  const files = readdirSync(folder).filter((file) => SCHEMA.test(file));
  return Object.fromEntries(files.map((file) => [basename(file, '.json'), read(folder, file) as JsonSchema]));
}

/** A schema as it is served at its `dataschema`. */
export function servedSchema(name: string, schema: JsonSchema, origin: Pick<Origin, 'publicUrl'>): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', $id: schemaUrl(name, origin), ...schema };
}

/** The AsyncAPI document as it was published. */
export function publishedAsyncApi(folder = FOLDER): AsyncApi {
  return read(folder, ASYNC_API) as AsyncApi;
}

/** The published AsyncAPI document, its examples as if from `origin`. */
export function servedAsyncApi(origin: Origin, folder = FOLDER): AsyncApi {
  const document = publishedAsyncApi(folder);
  for (const { examples } of Object.values(document.components.messages)) {
    for (const { payload } of examples) {
      if (!payload) continue;
      const source = payload.source.replace(EXAMPLE_ORIGIN.source, () => origin.source);
      Object.assign(payload, { source, dataschema: schemaUrl(payload.type, origin) });
    }
  }
  return document;
}

function read(folder: string, file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}
