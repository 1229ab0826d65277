// The relay, from the event store to the topics in transactions, against bare kafkajs: the same messages, ready in memory,
// in equal batches, equally compressed and acknowledged, one send at a time, without transactions; each in a process of its
// own. And how long an event takes from its append to a reader of committed records while little happens.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { startKafka } from './kafka.mjs';
import { inTurns, pause, percentile } from './measure.mjs';
import { nextSealed, wholeLife } from './sample-events.mjs';
import { createDatabase } from './server.mjs';

const require = createRequire(import.meta.url);
const { Kafka, logLevel } = createRequire(new URL('../../package.json', import.meta.url))('kafkajs');
const { KafkaJs } = require('../../dist/libs/topics/kafkajs/kafkajs-kafka.js');
const { relay } = require('../../dist/libs/topics/relay.js');

const EVENTS = Number(process.env.BENCH_RELAY_EVENTS ?? 40_000);
const origin = { source: '/luodi/bench', publicUrl: 'http://127.0.0.1:3000' };

export async function run(context) {
  const cluster = await startKafka();
  try {
    return [...(await throughput(cluster, context)), await latency(cluster, context)];
  } finally {
    await cluster.stop();
  }
}

async function throughput({ brokers }, { serverUrl, openStore, rounds }) {
  const databaseUrl = await createDatabase(serverUrl, 'bench_relay');
  const store = await openStore(databaseUrl);
  const lives = Array.from({ length: EVENTS / 8 }, (_, index) => index);
  for (let done = 0; done < lives.length; done += 500) {
    await Promise.all(lives.slice(done, done + 500).map((index) => store.append(wholeLife(index))));
  }
  await store.close();
  const contenders = {};
  // The relay comes first: it makes the topics, and shows how many events it takes at once.
  let batchSize = 0;
  for (const kind of ['relay', 'transactions', 'bare kafkajs']) {
    contenders[kind] = await startContender(kind, databaseUrl, brokers[0], batchSize);
    const { batches } = await contenders[kind].run();
    batchSize ||= Math.ceil(EVENTS / batches);
  }
  const turns = Object.entries(contenders).map(([kind, { run }]) => [kind, async () => (await run()).seconds]);
  const seconds = await inTurns(rounds, Object.fromEntries(turns));
  for (const { stop } of Object.values(contenders)) await stop();
  const rate = Object.fromEntries(Object.entries(seconds).map(([name, value]) => [name, EVENTS / value]));
  const row = (what, name) => ({
    what: `${what}, ${EVENTS} events, batches of ${batchSize}`,
    'events/s': rate[name],
    'x bare kafkajs': rate[name] / rate['bare kafkajs'],
    peers: rate,
  });
  return [row('relay: store to topics', 'relay'), row('transactions of ready messages', 'transactions')];
}

async function startContender(...args) {
  const child = fork(new URL('./relay-contender.mjs', import.meta.url), args);
  // What it says next; its end is an error while somebody waits.
  const answer = async () => {
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`contender ${args[0]} has ended with code ${code}`);
    });
    const [said] = await Promise.race([once(child, 'message'), ended]);
    return said;
  };
  await answer();
  return {
    run: () => {
      child.send('run');
      return answer();
    },
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** One event at a time, 20 in a second. */
async function latency({ brokers }, { serverUrl, openStore, seconds }) {
  const url = await createDatabase(serverUrl, 'bench_relay_latency');
  const [store, followed] = [await openStore(url), await openStore(url)];
  const kafka = new KafkaJs({ brokers }, () => {});
  const stopping = new AbortController();
  const name = `bench-${randomUUID()}`;
  const own = { ...origin, source: `/luodi/${name}` };
  const running = relay({ name, store: followed, kafka, origin: own }, stopping.signal);
  const consumer = new Kafka({ brokers, logLevel: logLevel.NOTHING }).consumer({ groupId: `bench-${randomUUID()}` });
  await consumer.connect();
  await consumer.subscribe({ topic: 'luodi.project-events.v1' });
  const waiting = new Map();
  const delays = [];
  const warmed = Promise.withResolvers();
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ message }) => {
      const sent = waiting.get(String(message.key));
      if (sent === undefined) return;
      warmed.resolve();
      waiting.delete(String(message.key));
      delays.push(performance.now() - sent);
    },
  });
  const append = async () => {
    const id = randomUUID();
    waiting.set(id, performance.now());
    await store.append({ stream: `project-${id}`, expectedRevision: -1, events: [nextSealed(`project-${id}`)] });
  };
  // Until the consumer has its partitions, and both ends have seen some.
  while (!(await Promise.race([warmed.promise.then(() => true), pause(200)]))) await append();
  for (let index = 0; index < 40; index += 1) await Promise.all([append(), pause(50)]);
  waiting.clear();
  delays.length = 0;
  const total = Math.max(100, seconds * 20);
  for (let index = 0; index < total; index += 1) await Promise.all([append(), pause(50)]);
  while (waiting.size > 0) await pause(10);
  stopping.abort();
  await running;
  await consumer.disconnect();
  await kafka.close();
  await store.close();
  await followed.close();
  return {
    what: 'append sent to committed record read, 20/s',
    'p50 ms': percentile(delays, 0.5),
    'p99 ms': percentile(delays, 0.99),
    'max ms': Math.max(...delays),
    peers: {},
  };
}
