// Append at 1, 8, 32 and 128 callers: ours (sealing, group commit, expected revisions) against single INSERTs by node-postgres,
// the same INSERT by pgbench, and emmett-postgresql. Every event is durable before its caller goes on.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inTurns, perSecond } from './measure.mjs';
import { nextSealed } from './sample-events.mjs';
import { createDatabase, findPgbench, pg } from './server.mjs';

const CALLERS = (process.env.BENCH_CALLERS ?? '1,8,32,128').split(',').map(Number);
const RAW_TABLE = `CREATE TABLE raw_events (
  position bigserial PRIMARY KEY, stream text NOT NULL, revision int NOT NULL, type text NOT NULL,
  data jsonb NOT NULL, metadata jsonb NOT NULL, UNIQUE (stream, revision))`;
const RAW_INSERT = 'INSERT INTO raw_events (stream, revision, type, data, metadata) VALUES ($1, $2, $3, $4, $5)';

export async function run({ serverUrl, openStore, seconds, rounds }) {
  const rows = [];
  for (const callers of CALLERS) {
    const peers = {
      luodi: () => luodi(serverUrl, openStore, { callers, seconds }),
      'raw pg': () => rawPg(serverUrl, { callers, seconds }),
      emmett: () => emmett(serverUrl, { callers, seconds }),
    };
    const pgbench = findPgbench();
    if (pgbench) peers.pgbench = () => byPgbench(pgbench, serverUrl, { callers, seconds });
    const rate = await inTurns(rounds, peers);
    rows.push({
      what: `append, ${callers} callers`,
      'events/s': rate.luodi,
      'x raw pg': rate.luodi / rate['raw pg'],
      'x pgbench': rate.pgbench ? rate.luodi / rate.pgbench : undefined,
      'x emmett': rate.luodi / rate.emmett,
      peers: rate,
    });
  }
  return rows;
}

async function luodi(serverUrl, openStore, { callers, seconds }) {
  const store = await openStore(await createDatabase(serverUrl, 'bench_append'));
  const ends = new Map();
  try {
    return await perSecond({
      callers,
      seconds,
      work: async (caller) => {
        const stream = `project-${caller}`;
        const end = ends.get(caller);
        const event = nextSealed(stream, end);
        const { revision } = await store.append({ stream, expectedRevision: end?.revision ?? -1, events: [event] });
        ends.set(caller, { revision, hash: event.metadata.hash });
      },
    });
  } finally {
    await store.close();
  }
}

async function rawPg(serverUrl, { callers, seconds }) {
  const url = await createDatabase(serverUrl, 'bench_raw');
  const pool = new pg.Pool({ connectionString: url, max: callers });
  await pool.query(RAW_TABLE);
  const ends = new Map();
  try {
    return await perSecond({
      callers,
      seconds,
      work: async (caller) => {
        const end = ends.get(caller);
        const stream = `project-${caller}`;
        const event = nextSealed(stream, end);
        const revision = (end?.revision ?? -1) + 1;
        const values = [stream, revision, event.type, JSON.stringify(event.data), JSON.stringify(event.metadata)];
        await pool.query({ name: 'raw', text: RAW_INSERT, values });
        ends.set(caller, { revision, hash: event.metadata.hash });
      },
    });
  } finally {
    await pool.end();
  }
}

async function byPgbench(path, serverUrl, { callers, seconds }) {
  const url = await createDatabase(serverUrl, 'bench_pgbench');
  const client = new pg.Client(url);
  await client.connect();
  await client.query(RAW_TABLE);
  await client.end();
  const event = nextSealed('project-x', { revision: 1, hash: '0'.repeat(64) });
  const quote = (value) => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
  const script = join(mkdtempSync(join(tmpdir(), 'luodi-pgbench-')), 'insert.sql');
  writeFileSync(
    script,
    `\\set r random(1, 2000000000)
INSERT INTO raw_events (stream, revision, type, data, metadata)
VALUES ('project-' || :client_id || '-' || :r, (random() * 2000000000)::int, '${event.type}', ${quote(event.data)}, ${quote(event.metadata)});\n`,
  );
  const args = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(callers),
    '-j',
    '2',
    '-T',
    String(Math.ceil(seconds)),
    '-f',
    script,
    url,
  ];
  const out = execFileSync(path, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return Number(/tps = ([\d.]+)/.exec(out)[1]);
}

async function emmett(serverUrl, { callers, seconds }) {
  const { getPostgreSQLEventStore } = await import('@event-driven-io/emmett-postgresql');
  const store = getPostgreSQLEventStore(await createDatabase(serverUrl, 'bench_emmett'));
  const versions = new Map();
  const append = async (caller, event) => {
    const expected = versions.get(caller);
    const options = { expectedStreamVersion: expected ?? 'STREAM_DOES_NOT_EXIST' };
    const result = await store.appendToStream(`project-${caller}`, [event], options);
    versions.set(caller, result.nextExpectedStreamVersion);
  };
  const sealed = nextSealed('project-x', { revision: 1, hash: '0'.repeat(64) });
  const event = { type: sealed.type, data: sealed.data, metadata: sealed.metadata };
  try {
    await append(-1, event);
    return await perSecond({ callers, seconds, work: (caller) => append(caller, event) });
  } finally {
    await store.close();
  }
}
