import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../libs/postgres/embedded-postgres';

declare global {
  var stopTestPostgres: (() => Promise<void>) | undefined;
}

/** One throw-away PostgreSQL for a whole jest run. `TEST_DATABASE_URL` uses your own server instead. */
export default async function startPostgres(): Promise<void> {
  if (process.env.TEST_DATABASE_URL) return;
  const folder = await mkdtemp(join(tmpdir(), 'luodi-test-'));
  // As root, PostgreSQL runs as another user, who must be able to reach its data.
  await chmod(folder, 0o755);
  // Its data need not survive a power cut; the crash tests kill our processes, not the machine.
  const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };
  const server = await startEmbeddedPostgres(folder, { purpose: 'jest', settings, foreground: true });
  process.env.TEST_DATABASE_URL = server.url;
  globalThis.stopTestPostgres = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
