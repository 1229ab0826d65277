import type { IncomingMessage } from 'node:http';

/** What a refused body may still send us, in bytes and in milliseconds, before the connection is cut. */
const LIMIT = 128 * 1024 * 1024;
const PATIENCE_MS = 10_000;

/**
 * Lets the rest of a refused body pass by, unread. Most clients send all of it before they look for an answer: closing
 * the connection at once would show them a broken pipe instead of the problem. Resolves when it is over, or too much.
 */
export async function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PATIENCE_MS);
  let passed = 0;
  const count = (chunk: Buffer) => {
    passed += chunk.length;
    if (passed > LIMIT) resolve();
  };
  request.on('data', count).once('end', resolve).once('close', resolve).once('error', resolve);
  request.resume();
  await promise;
  clearTimeout(timer);
  request.off('data', count);
}
