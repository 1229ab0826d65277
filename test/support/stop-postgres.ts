/** Stops what `start-postgres.ts` has started; nothing when the server is somebody else's. */
export default async function stopPostgres(): Promise<void> {
  await globalThis.stopTestPostgres?.();
}
