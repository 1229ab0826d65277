// Reading one long stream through the port, against node-postgres fetching and parsing the same rows.
import { inTurns } from './measure.mjs';
import { nextSealed } from './sample-events.mjs';
import { createDatabase, pg } from './server.mjs';

const EVENTS = 10_000;

export async function run({ serverUrl, openStore, rounds }) {
  const url = await createDatabase(serverUrl, 'bench_read');
  const store = await openStore(url);
  const stream = 'project-long';
  let end;
  for (let done = 0; done < EVENTS; done += 500) {
    const events = [];
    for (let i = 0; i < 500; i += 1) {
      const event = nextSealed(stream, end);
      end = { revision: (end?.revision ?? -1) + 1, hash: event.metadata.hash };
      events.push(event);
    }
    await store.append({ stream, expectedRevision: done - 1, events });
  }
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const rate = await inTurns(rounds * 3, {
    luodi: () =>
      timed(async () => {
        let count = 0;
        for await (const _event of store.readStream(stream)) count += 1;
        return count;
      }),
    'raw pg': () =>
      timed(async () => {
        const text = 'SELECT * FROM event_store.events WHERE stream = $1 ORDER BY revision';
        return (await pool.query({ name: 'read', text, values: [stream] })).rows.length;
      }),
  });
  await pool.end();
  await store.close();
  return [
    {
      what: `read a stream of ${EVENTS}`,
      'events/s': rate.luodi,
      'x raw pg': rate.luodi / rate['raw pg'],
      peers: rate,
    },
  ];
}

async function timed(work) {
  const started = performance.now();
  const count = await work();
  if (count !== EVENTS) throw new Error(`read ${count} events instead of ${EVENTS}`);
  return count / ((performance.now() - started) / 1000);
}
