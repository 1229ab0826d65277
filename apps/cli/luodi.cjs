#!/usr/bin/env node
// `npx luodi` in a fresh clone: builds what is needed, then runs the command line.
require('../standalone/build.cjs')();
require('../../dist/apps/cli/main.js');
