import { TObject } from '@sinclair/typebox';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { envelope, Origin, schemaUrl } from './cloud-event';
import { TOPICS } from './topics';

/** A JSON Schema (draft-07, which AsyncAPI reads as it is) without `$schema` and `$id`. */
export type JsonSchema = Readonly<Record<string, unknown>>;
/** By type with version, such as `luodi.project-landed.v1`. */
export type Schemas = Readonly<Record<string, JsonSchema>>;

/** What the schema of the envelope itself is called. */
export const ENVELOPE = 'luodi.envelope.v1';

/** The schemas of the messages as this code writes them: of the envelope, and of each type's `data`. */
export function currentSchemas(): Schemas {
  const messages = TOPICS.flatMap((topic) => topic.messages);
  const named: [string, TObject][] = [
    [ENVELOPE, envelope],
    ...messages.map(({ type, data }) => [type, data] as [string, TObject]),
  ];
  return Object.fromEntries(named.map(([name, schema]) => [name, plain(schema)]));
}

/** Without the symbols that only TypeBox reads. */
function plain(schema: TObject): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}

/**
 * The schemas that have been published. Those of today are equal to {@link currentSchemas}, which a test sees to; others
 * are of versions that are no longer written, but stand in topics that are kept for ever.
 */
export function publishedSchemas(folder = join(__dirname, 'published')): Schemas {
  if (!existsSync(folder)) return {};
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return Object.fromEntries(
    files.map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(folder, file), 'utf8')) as JsonSchema]),
  );
}

/** A schema as it is served at its `dataschema`. */
export function servedSchema(name: string, schema: JsonSchema, origin: Pick<Origin, 'publicUrl'>): JsonSchema {
  return { $schema: 'http://json-schema.org/draft-07/schema#', $id: schemaUrl(name, origin), ...schema };
}
