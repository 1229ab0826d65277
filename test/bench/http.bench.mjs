// A durable command over HTTP against the same route without a store: what durability costs a caller.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import autocannon from 'autocannon';
import { inTurns } from './measure.mjs';
import { proposal } from './sample-events.mjs';
import { createDatabase } from './server.mjs';

const CONNECTIONS = 32;

export async function run({ serverUrl, seconds, rounds }) {
  const rate = await inTurns(rounds, {
    durable: async () => load(await createDatabase(serverUrl, 'bench_http'), 'postgres', seconds),
    'no store': async () => load(await createDatabase(serverUrl, 'bench_http'), 'none', seconds),
  });
  return [
    {
      what: `POST /projects, ${CONNECTIONS} connections`,
      'requests/s': rate.durable,
      'x no store': rate.durable / rate['no store'],
      peers: rate,
    },
  ];
}

async function load(databaseUrl, store, seconds) {
  const node = new URL('../../node_modules/.bin/node', import.meta.url).pathname;
  const script = new URL('http-server.mjs', import.meta.url).pathname;
  const cwd = new URL('../../', import.meta.url).pathname;
  const server = fork(script, [store], { cwd, execPath: node, env: { ...process.env, DATABASE_URL: databaseUrl } });
  const [url] = await once(server, 'message');
  const target = {
    url: `${url}/api/v1/projects`,
    connections: CONNECTIONS,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    requests: [{ setupRequest: (request) => ({ ...request, body: JSON.stringify(body()) }) }],
  };
  try {
    await autocannon({ ...target, duration: 1 });
    const result = await autocannon({ ...target, duration: seconds });
    if (result.non2xx > 0 || result.errors > 0) {
      throw new Error(`${result.non2xx} answers were no success, ${result.errors} requests failed (${store})`);
    }
    return result.requests.average;
  } finally {
    server.kill('SIGTERM');
    await once(server, 'exit');
  }
}

function body() {
  const { programme: _programme, conference: _conference, ...fields } = proposal();
  return fields;
}
