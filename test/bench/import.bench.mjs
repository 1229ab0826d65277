// A workbook of 100,000 rows into an empty store, by `luodi import` in a process of its own and over HTTP, against merely
// reading the same workbook, and against writing the same events by INSERT … SELECT, which decides, checks, seals and sends nothing.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { median, pause } from './measure.mjs';
import { createDatabase, freePort, pg } from './server.mjs';

const require = createRequire(import.meta.url);
const { scripts } = require('../../package.json');
const { writeLedgerXlsx } = require('../../dist/libs/ledger/write-ledger.js');
const { CommandHandler } = require('../../dist/libs/event-store/command-handler.js');
const { conferenceDecider } = require('../../dist/libs/conference/decider.js');
const { Programme } = require('../../dist/libs/programme/programme.js');
const { loadProfile } = require('../../dist/libs/programme/load-profile.js');

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const CONFERENCE = 'bench-2024';
const [CLI, SERVER, READER, PEAK, PROFILE] = [
  '../../dist/apps/cli/main.js',
  '../../dist/apps/command-api/main.js',
  './read-ledger.mjs',
  './peak-memory.cjs',
  '../../deploy/programmes/xinjiang-aid.json',
].map((path) => fileURLToPath(new URL(path, import.meta.url)));
/** What `npm run start:command-api` starts node with. */
const HEAP = scripts['start:command-api'].match(/--\S+/g);
const programme = new Programme(loadProfile(PROFILE));

export async function run({ serverUrl, openStore, rounds }) {
  const folder = mkdtempSync(join(tmpdir(), 'luodi-bench-'));
  const file = join(folder, 'ledger.xlsx');
  const runs = { reading: [], 'dry run': [], applied: [], again: [], inserting: [], 'applied over HTTP': [] };
  try {
    const nameOf = programme.nameOf.bind(programme);
    await writeLedgerXlsx(rows(), createWriteStream(file), { language: 'zh', currency: 'CNY', nameOf });
    for (let round = 0; round < rounds; round += 1) {
      const url = await databaseWithConference(serverUrl, openStore);
      runs.reading.push(await measured([READER, file, PROFILE]));
      runs['dry run'].push(await imported(url, file, { created: ROWS }));
      runs.applied.push(await imported(url, file, { created: ROWS }, '--apply'));
      runs.again.push(await imported(url, file, { unchanged: ROWS }, '--apply'));
      runs.inserting.push(await inserted(url));
      runs['applied over HTTP'].push(await overHttp(await databaseWithConference(serverUrl, openStore), file));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const seconds = (name) => median(runs[name].map((each) => each.seconds));
  return ['dry run', 'applied', 'again', 'applied over HTTP'].map((name) => ({
    what: `import ${ROWS} rows, ${name}`,
    seconds: seconds(name),
    'peak MB': Math.max(...runs[name].map(({ megabytes }) => megabytes)),
    'rows/s': ROWS / seconds(name),
    'x reading': seconds('reading') / seconds(name),
    'x INSERT … SELECT': name.startsWith('applied') ? seconds('inserting') / seconds(name) : undefined,
    peers: Object.fromEntries(Object.keys(runs).map((peer) => [peer, ROWS / seconds(peer)])),
  }));
}

function* rows() {
  const money = (value) => ({ value: `${value}.00`, currency: 'CNY', bound: 'exact' });
  const [regions, partners] = [programme.profile.regions, programme.profile.partners].map((all) =>
    all.map(({ code }) => code),
  );
  for (let at = 0; at < ROWS; at += 1) {
    yield {
      code: `BENCH-${at}`,
      title: `示例项目第${at}号：风电装备制造与运维（虚构）`,
      investor: `示例（虚构）第${at % 5_000}能源有限公司`,
      origin: partners[at % partners.length],
      prefecture: regions[at % regions.length],
      industry: '新能源',
      estimatedInvestment: money(500_000 + at),
      responsibleUnit: `示例单位${at % 100}`,
      conference: CONFERENCE,
      proposedOn: '2024-01-03',
      promotedOn: '2024-05-13',
      investmentAmount: money(520_000 + at),
      investmentSignedOn: '2024-05-13',
      plannedStart: '2024-09-01',
      plannedCompletion: '2026-09-01',
      ...(at % 2 === 0 && { legalEntity: `示例公司${at}`, landedOn: '2024-08-01', landingEvidence: `营业执照 ${at}` }),
      status: 'active',
    };
  }
}

async function databaseWithConference(serverUrl, openStore) {
  const url = await createDatabase(serverUrl, 'bench_import');
  const store = await openStore(url);
  const data = {
    name: '推介会',
    place: '克拉玛依',
    opensOn: '2024-05-13',
    closesOn: '2024-05-13',
    organisers: ['示例'],
  };
  await new CommandHandler(store, conferenceDecider, programme).handle({
    stream: `conference-${CONFERENCE}`,
    commands: [{ type: 'OpenConference', data }],
    commandId: 'open',
    actor: { subject: 'bench', name: 'bench', role: 'administrator', unit: 'bench' },
  });
  await store.close();
  return url;
}

async function imported(url, file, expected, ...options) {
  const report = await measured([CLI, '--json', 'import', file, '--programme', PROFILE, ...options], {
    DATABASE_URL: url,
  });
  for (const [outcome, count] of Object.entries(expected)) {
    if (report[outcome] !== count)
      throw new Error(`${report[outcome]} rows ${outcome}, not ${count}: ${JSON.stringify(report)}`);
  }
  return report;
}

/** What a process answers as JSON, with the seconds from its start to its end and the most memory it ever had. */
async function measured(args, env = {}) {
  const started = performance.now();
  const child = spawn(process.execPath, ['--require', PEAK, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const [answer, said] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if ((await ended) !== 0) throw new Error(`${args.join(' ')}: ${said}`);
  const megabytes = Number(/peak (\d+)\s*$/.exec(said)?.[1]);
  return { ...JSON.parse(answer), seconds: (performance.now() - started) / 1000, megabytes };
}

/** Handed in to a server, which records it at once; its memory is that of the whole server. */
async function overHttp(url, file) {
  const port = await freePort();
  const env = { ...process.env, DATABASE_URL: url, PORT: `${port}`, AUTH: 'local', LOG_LEVEL: 'warn' };
  const server = spawn(process.execPath, [...HEAP, SERVER], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise((resolve) => server.once('close', resolve));
  const ask = async (path, init) => (await fetch(`http://127.0.0.1:${port}${path}`, init)).json();
  while (!(await ask('/health/ready').catch(() => undefined))) await pause(100);
  const form = new FormData();
  form.set('dryRun', 'false');
  form.set('file', new Blob([readFileSync(file)]), 'ledger.xlsx');
  const started = performance.now();
  let job = await ask('/api/v1/imports', { method: 'POST', body: form });
  while (['queued', 'running'].includes(job.status)) {
    await pause(200);
    job = await ask(`/api/v1/imports/${job.id}`);
  }
  const seconds = (performance.now() - started) / 1000;
  if (job.report?.created !== ROWS) throw new Error(JSON.stringify(job));
  const peak =
    process.platform === 'linux' && /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1];
  server.kill('SIGTERM');
  await ended;
  return { seconds, megabytes: Math.round(peak / 1024) };
}

/** The events that were imported, written once more into a table like theirs. */
async function inserted(url) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query('CREATE TABLE inserted (LIKE event_store.events INCLUDING ALL)');
  const started = performance.now();
  await client.query('INSERT INTO inserted SELECT * FROM event_store.events ORDER BY position');
  const seconds = (performance.now() - started) / 1000;
  await client.end();
  return { seconds };
}
