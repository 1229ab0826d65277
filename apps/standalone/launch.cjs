// Builds what is needed, then becomes an app: `node apps/standalone/launch.cjs standalone demo`. All in one process, so
// that the signals npm passes on reach the app, and not a shell between them.
const { resolve } = require('node:path');

try {
  require('./build.cjs')();
} catch (error) {
  process.stderr.write(`The build failed: ${error.message}\n`);
  process.exit(1);
}
const [node, , app, ...rest] = process.argv;
const main = resolve(__dirname, '..', '..', 'dist', 'apps', app, 'main.js');
process.argv = [node, main, ...rest];
require(main);
