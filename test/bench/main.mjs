// npm run bench [-- append read import rebuild visible http relay]: ratios of one run, as a table and as JSON in test/bench/results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, totalmem } from 'node:os';
import { startServer } from './server.mjs';

const require = createRequire(import.meta.url);
const SUITES = ['append', 'read', 'import', 'rebuild', 'visible', 'http', 'relay'];
const chosen = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = chosen.filter((name) => !SUITES.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')} (there are ${SUITES.join(', ')})`);
  process.exit(2);
}

const { PostgresEventStore } = require('../../dist/libs/event-store/postgres/postgres-event-store.js');
const settings = { seconds: Number(process.env.BENCH_SECONDS ?? 4), rounds: Number(process.env.BENCH_ROUNDS ?? 3) };
const server = await startServer();
const rows = [];
try {
  for (const name of chosen.length > 0 ? chosen : SUITES) {
    console.error(`${name} …`);
    const { run } = await import(`./${name}.bench.mjs`);
    rows.push(...(await run({ serverUrl: server.url, openStore: (url) => PostgresEventStore.open(url), ...settings })));
  }
} finally {
  await server.stop();
}

const round = (value) => (typeof value === 'number' ? Number(value.toPrecision(value > 100 ? 6 : 3)) : value);
console.table(
  Object.fromEntries(
    rows.map(({ what, peers: _peers, ...figures }) => [
      what,
      Object.fromEntries(
        Object.entries(figures).flatMap(([key, value]) => (value === undefined ? [] : [[key, round(value)]])),
      ),
    ]),
  ),
);
const report = {
  at: new Date().toISOString(),
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  machine: {
    cpus: cpus().length,
    model: cpus()[0]?.model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  settings,
  rows,
};
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('latest.json', folder), `${JSON.stringify(report, null, 2)}\n`);
console.log('written to test/bench/results/latest.json');
process.exit(0);
