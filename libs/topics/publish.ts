import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApi } from './asyncapi';
import { channelDifferences } from './channel-compatibility';
import { review } from './compatibility';
import { ASYNC_API, EXAMPLE_ORIGIN, publishedAsyncApi, publishedSchemas } from './published';
import { currentSchemas } from './schemas';

/** `npm run topics:publish`: renews the published contract, unless a change needs a new version. */
function publish(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const current = currentSchemas();
  const document = asyncApi(EXAMPLE_ORIGIN);
  const { incompatible, toPublish } = review(publishedSchemas(folder), current);
  if (existsSync(join(folder, ASYNC_API))) {
    incompatible.push(...channelDifferences(publishedAsyncApi(folder), document));
  }
  if (incompatible.length > 0) {
    const lines = incompatible.map((line) => `  ${line}\n`).join('');
    process.stderr.write(
      `Nothing published. These changes need a new version of their type, or of their topic:\n${lines}`,
    );
    process.exitCode = 1;
    return;
  }
  const write = (file: string, content: unknown): void =>
    writeFileSync(join(folder, file), `${JSON.stringify(content, null, 2)}\n`);
  for (const name of toPublish) write(`${name}.json`, current[name]);
  write(ASYNC_API, document);
  process.stdout.write(toPublish.length > 0 ? `Published: ${toPublish.join(', ')}\n` : 'No schema has changed.\n');
}

publish(join('libs', 'topics', 'published'));
