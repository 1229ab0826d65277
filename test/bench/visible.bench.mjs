// How long after the answer to its append an event is visible in the read models, at a steady rate.
import { createRequire } from 'node:module';
import { pause, percentile } from './measure.mjs';
import { nextSealed } from './sample-events.mjs';
import { createDatabase, pg } from './server.mjs';

const require = createRequire(import.meta.url);
const { project } = require('../../dist/libs/read-models/projector.js');
const { createProjectionPool } = require('../../dist/libs/read-models/projection-pool.js');
const { CHANNEL } = require('../../dist/libs/read-models/generation.js');
const { Programme } = require('../../dist/libs/programme/programme.js');
const { loadProfile } = require('../../dist/libs/programme/load-profile.js');

export async function run(context) {
  const rows = [];
  for (const perSecond of [200, 1000]) rows.push(await atRate(perSecond, context));
  return rows;
}

async function atRate(perSecond, { serverUrl, openStore, seconds }) {
  const url = await createDatabase(serverUrl, 'bench_visible');
  const store = await openStore(url);
  const projecting = await openStore(url);
  const programme = new Programme(
    loadProfile(new URL('../../deploy/programmes/xinjiang-aid.json', import.meta.url).pathname),
  );
  const pool = createProjectionPool(url);
  const stopping = new AbortController();
  const running = project({ pool, store: projecting, programme }, stopping.signal);

  /** The projector notifies in the transaction that makes the rows visible. */
  const listener = new pg.Client(url);
  await listener.connect();
  await listener.query(`LISTEN ${CHANNEL}`);
  const waiting = new Map();
  const delays = [];
  let visible = 0;
  listener.on('notification', ({ payload }) => {
    const now = performance.now();
    visible = Number(payload);
    for (const [position, answeredAt] of waiting) {
      if (position > visible) break;
      delays.push(now - answeredAt);
      waiting.delete(position);
    }
  });

  const appended = [];
  const append = async (index) => {
    const stream = `project-00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;
    const { position } = await store.append({ stream, expectedRevision: -1, events: [nextSealed(stream)] });
    if (Number(position) <= visible) delays.push(0);
    else waiting.set(Number(position), performance.now());
  };
  const warmUp = perSecond;
  const total = warmUp + perSecond * seconds;
  const started = performance.now();
  for (let index = 0; index < total; index += 1) {
    const wait = started + (index * 1000) / perSecond - performance.now();
    if (wait > 1) await pause(wait);
    if (index === warmUp) delays.length = 0;
    appended.push(append(index));
  }
  await Promise.all(appended);
  const deadline = performance.now() + 30_000;
  while (waiting.size > 0) {
    if (performance.now() > deadline) throw new Error(`${waiting.size} events never became visible`);
    await pause(10);
  }
  stopping.abort();
  await running;
  await listener.end();
  await pool.end();
  await projecting.close();
  await store.close();
  return {
    what: `append answered to visible, ${perSecond}/s`,
    'p50 ms': percentile(delays, 0.5),
    'p99 ms': percentile(delays, 0.99),
    'max ms': Math.max(...delays),
    peers: {},
  };
}
