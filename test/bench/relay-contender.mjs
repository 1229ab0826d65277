// One that brings all events of a store to Kafka, in a process of its own, so that nobody's memory is another's burden:
// argument 2 says how ("relay", "transactions" or "bare kafkajs"). Runs once for each message it gets; answers with the
// seconds that took and the number of batches.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { CompressionTypes, Kafka, Partitioners, logLevel } = createRequire(
  new URL('../../package.json', import.meta.url),
)('kafkajs');
const { PostgresEventStore } = require('../../dist/libs/event-store/postgres/postgres-event-store.js');
const { KafkaJs } = require('../../dist/libs/topics/kafkajs/kafkajs-kafka.js');
const { publications } = require('../../dist/libs/topics/publications.js');
const { relay } = require('../../dist/libs/topics/relay.js');

const [kind, databaseUrl, brokers, batchSize] = process.argv.slice(2);
const origin = { source: '/luodi/bench', publicUrl: 'http://127.0.0.1:3000' };
const store = await PostgresEventStore.open(databaseUrl);
const kafka = new KafkaJs({ brokers: [brokers] }, () => {});
const run = await { relay: relaying, transactions: inTransactions, 'bare kafkajs': bare }[kind]();
process.on('message', async () => process.send(await run()));
process.send('ready');

/** A relay of a new name publishes everything; from when it has taken over. */
async function relaying() {
  const head = await store.head();
  return async () => {
    const stopping = new AbortController();
    let started;
    let seconds;
    let batches = 0;
    const observer = {
      onStart: () => (started = performance.now()),
      onPublished: ({ position }) => {
        batches += 1;
        if (position !== head) return;
        seconds = (performance.now() - started) / 1000;
        stopping.abort();
      },
      onRetry: (error) => {
        throw error;
      },
    };
    const name = `bench-${randomUUID()}`;
    // A source of its own as well: a relay does not begin where messages of its source stand.
    const own = { ...origin, source: `/luodi/${name}` };
    await relay({ name, store, kafka, origin: own, observer }, stopping.signal);
    return { seconds, batches };
  };
}

async function inTransactions() {
  const batches = await readyMessages();
  const producer = await kafka.transactionalProducer(`bench-${randomUUID()}`);
  return () => timed(batches, (batch) => producer.transaction(batch));
}

async function bare() {
  const batches = await readyMessages();
  const client = new Kafka({ brokers: [brokers], clientId: 'bench', logLevel: logLevel.NOTHING });
  const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  return () =>
    timed(batches, (batch) => {
      const byTopic = Map.groupBy(batch, ({ topic }) => topic);
      const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
      return producer.sendBatch({ topicMessages, compression: CompressionTypes.GZIP });
    });
}

/** The messages about all events, in batches of so many events. */
async function readyMessages() {
  const ending = new AbortController();
  const head = await store.head();
  const all = [];
  for await (const part of publications({ store, origin, after: undefined, signal: ending.signal })) {
    all.push(...part);
    if (part.at(-1).position === head) break;
  }
  ending.abort();
  const batches = [];
  for (let start = 0; start < all.length; start += Number(batchSize)) {
    batches.push(all.slice(start, start + Number(batchSize)).flatMap(({ messages }) => messages));
  }
  return batches;
}

/** One batch after the other. */
async function timed(batches, send) {
  const started = performance.now();
  for (const batch of batches) await send(batch);
  return { seconds: (performance.now() - started) / 1000, batches: batches.length };
}
