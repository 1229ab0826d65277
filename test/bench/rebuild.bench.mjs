// Rebuilding all read models, against merely reading the same events by COPY (the limit), and against a rebuild in pure SQL
// that makes one table of projects and no more (no milestones, no figures, no checks).
import { Writable } from 'node:stream';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import { median } from './measure.mjs';
import { wholeLife } from './sample-events.mjs';
import { createDatabase, pg } from './server.mjs';

const require = createRequire(import.meta.url);
const { to: copyTo } = createRequire(new URL('../../package.json', import.meta.url))('pg-copy-streams');
const { rebuild } = require('../../dist/libs/read-models/rebuild.js');
const { createProjectionPool } = require('../../dist/libs/read-models/projection.js');
const { Programme } = require('../../dist/libs/programme/programme.js');
const { loadProfile } = require('../../dist/libs/programme/load-profile.js');

const EVENTS = Number(process.env.BENCH_EVENTS ?? 200_000);
const PURE_SQL = `CREATE TABLE pure_sql AS
  SELECT stream, max(revision) AS revision,
         max(data ->> 'title') FILTER (WHERE type = 'ProjectProposed') AS title,
         max(data ->> 'prefecture') FILTER (WHERE type = 'ProjectProposed') AS prefecture,
         max(data ->> 'origin') FILTER (WHERE type = 'ProjectProposed') AS origin,
         (array_agg(type ORDER BY revision DESC))[1] AS last_event,
         max((data #>> '{amount,value}')::numeric(20,2)) FILTER (WHERE type = 'InvestmentSigned') AS committed,
         sum((data #>> '{amount,value}')::numeric(20,2)) FILTER (WHERE type = 'FundsReceived') AS funds,
         max((data ->> 'occurredOn')::date) FILTER (WHERE type = 'ProjectLanded') AS landed_on,
         max((data ->> 'occurredOn')::date) FILTER (WHERE type = 'ProjectOperating') AS operating_on,
         max(metadata ->> 'recordedAt') AS last_activity
  FROM event_store.events GROUP BY stream`;

export async function run({ serverUrl, openStore, rounds }) {
  const url = await createDatabase(serverUrl, 'bench_rebuild');
  const store = await openStore(url);
  const lives = Array.from({ length: EVENTS / 8 }, (_, index) => index);
  for (let done = 0; done < lives.length; done += 500) {
    await Promise.all(lives.slice(done, done + 500).map((index) => store.append(wholeLife(index))));
  }
  const programme = new Programme(
    loadProfile(new URL('../../deploy/programmes/xinjiang-aid.json', import.meta.url).pathname),
  );
  const pool = createProjectionPool(url);
  const raw = new pg.Client(url);
  await raw.connect();
  await raw.query('VACUUM ANALYZE event_store.events');
  const seconds = { luodi: [], copy: [], 'pure SQL': [] };
  for (let round = 0; round < rounds; round += 1) {
    seconds.luodi.push(await timed(() => rebuild({ pool, store, programme })));
    seconds.copy.push(await timed(() => copyOut(raw)));
    await raw.query('DROP TABLE IF EXISTS pure_sql');
    seconds['pure SQL'].push(await timed(() => raw.query(PURE_SQL)));
  }
  await raw.end();
  await pool.end();
  await store.close();
  const rate = Object.fromEntries(Object.entries(seconds).map(([name, values]) => [name, EVENTS / median(values)]));
  return [
    {
      what: `rebuild from ${EVENTS} events`,
      'events/s': rate.luodi,
      'x COPY read': rate.luodi / rate.copy,
      'x pure SQL': rate.luodi / rate['pure SQL'],
      peers: rate,
    },
  ];
}

/** Reads all events as text and lets them go. */
async function copyOut(client) {
  const rows = client.query(copyTo('COPY (SELECT * FROM event_store.events ORDER BY position) TO STDOUT'));
  await pipeline(rows, new Writable({ write: (_chunk, _encoding, done) => done() }));
}

async function timed(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
