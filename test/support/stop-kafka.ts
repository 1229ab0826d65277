import stopPostgres from './stop-postgres';

/** Stops what `start-kafka.ts` has started; nothing when it is somebody else's. */
export default async function stopKafkaForTests(): Promise<void> {
  await globalThis.stopTestKafka?.();
  await stopPostgres();
}
