import { startKafka } from './kafka-cluster';
import startPostgres from './start-postgres';

declare global {
  var stopTestKafka: (() => Promise<void>) | undefined;
}

/**
 * One throw-away Kafka node and one PostgreSQL for the tests that need Kafka. `KAFKA_BROKERS` uses a cluster of your own.
 * Where none can be had they are skipped, and say so; in CI (`CI=true`) that is a failure.
 */
export default async function startKafkaForTests(): Promise<void> {
  await startPostgres();
  if (process.env.KAFKA_BROKERS) return;
  try {
    const cluster = await startKafka();
    process.env.TEST_KAFKA_BROKERS = cluster.brokers.join();
    globalThis.stopTestKafka = cluster.stop;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    process.stderr.write(`\n*** The tests with Kafka are SKIPPED: ${(error as Error).message}\n\n`);
  }
}
