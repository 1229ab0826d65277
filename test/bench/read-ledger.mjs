// Run as a process of its own: reads a ledger through and lets its rows go; prints the seconds as JSON.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { readLedger } = require('../../dist/libs/ledger/read-ledger.js');
const { Programme } = require('../../dist/libs/programme/programme.js');
const { loadProfile } = require('../../dist/libs/programme/load-profile.js');

const [path, profile] = process.argv.slice(2);
const vocabulary = new Programme(loadProfile(profile));
const started = performance.now();
let rows = 0;
for await (const { errors } of readLedger({ path }, { vocabulary })) rows += errors.length === 0 ? 1 : 0;
console.log(JSON.stringify({ rows, seconds: (performance.now() - started) / 1000 }));
