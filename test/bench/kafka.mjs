// Kafka for the benchmarks: KAFKA_BROKERS, or a node of our own with Kafka's default durability.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const root = new URL('../../', import.meta.url);
const require = createRequire(new URL('package.json', root));

export async function startKafka() {
  if (process.env.KAFKA_BROKERS) return { brokers: process.env.KAFKA_BROKERS.split(','), stop: async () => {} };
  const { transformFileSync } = require('@swc/core');
  const module = { type: 'commonjs' };
  const { code } = transformFileSync(new URL('test/support/kafka-cluster.ts', root).pathname, {
    module,
    jsc: { target: 'es2022' },
  });
  const file = new URL('.cache/bench-kafka.cjs', root).pathname;
  mkdirSync(new URL('.cache/', root), { recursive: true });
  writeFileSync(file, code);
  return require(file).startKafka();
}
