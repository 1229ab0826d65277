#!/usr/bin/env node
// `npx luodi` works in a fresh clone too.
process.argv.splice(2, 0, 'cli');
require('../standalone/launch.cjs');
