import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that the system gives away by itself (Linux from 32,768, others from 49,152). */
const PORTS = { first: 20_000, perWorker: 1_500, workers: 8 };

/**
 * A port of the loopback address that nobody listens on, and that nobody else is given while its server is away: a server
 * that is restarted, or a proxy that is cut, must find its port free. Every jest worker has ports of its own.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env.JEST_WORKER_ID ?? 0) % PORTS.workers;
  for (;;) {
    const port = PORTS.first + worker * PORTS.perWorker + randomInt(PORTS.perWorker);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
