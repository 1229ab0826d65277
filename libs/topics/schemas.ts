import { TObject } from '@sinclair/typebox';
import { envelope } from './cloud-event';
import { JsonSchema, Schemas } from './published';
import { TOPICS } from './topics';

/** What the schema of the envelope itself is called. */
export const ENVELOPE = 'luodi.envelope.v1';

/** The schemas of the messages as this code writes them: of the envelope, and of each type's `data`. */
export function currentSchemas(): Schemas {
  const messages = TOPICS.flatMap((topic) => topic.messages);
  return Object.fromEntries([
    [ENVELOPE, plain(envelope)],
    ...messages.map(({ type, data }): [string, JsonSchema] => [type, plain(data)]),
  ]);
}

/** Without the symbols that only TypeBox reads. */
function plain(schema: TObject): JsonSchema {
  return JSON.parse(JSON.stringify(schema)) as JsonSchema;
}
