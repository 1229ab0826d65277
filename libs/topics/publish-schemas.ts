import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { review } from './compatibility';
import { currentSchemas, publishedSchemas } from './schemas';

/** `npm run topics:publish`: renews the published schemas, unless a change needs a new version. */
function publish(folder: string): void {
  const current = currentSchemas();
  const { incompatible, toPublish } = review(publishedSchemas(folder), current);
  if (incompatible.length > 0) {
    const lines = incompatible.map((line) => `  ${line}\n`).join('');
    process.stderr.write(`Nothing published. These changes need a new version of their type:\n${lines}`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(folder, { recursive: true });
  for (const name of toPublish) {
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(current[name], null, 2)}\n`);
  }
  process.stdout.write(toPublish.length > 0 ? `Published: ${toPublish.join(', ')}\n` : 'Nothing has changed.\n');
}

publish(join('libs', 'topics', 'published'));
