import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { digest } from '../../audit/hash-chain';
import { EventStoreUnavailable } from '../event-store';
import { BatchAppend } from './batch-append';
import { Reader } from './reader';

/** Its first event names the store. It is none of the streams that readers of the store see. */
export const IDENTITY_STREAM = 'luodi-store';

/** With a pause of so many milliseconds more after each that has brought nothing. */
const ATTEMPTS = 10;
const PAUSE_MS = 20;

/**
 * The id of the store, kept in the store itself: whoever opens it first makes it. Of several at once one wins, for the
 * stream must be new, and the others read what it wrote.
 */
export async function storeIdentity(reader: Reader, batches: BatchAppend): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const [created] = await reader.streamPage(IDENTITY_STREAM, 0, { count: 1 });
    if (created) return idOf(created.data);
    try {
      const answer = await batches.send(creation());
      if (!('reason' in answer)) continue;
      if (!answer.reason.endsWith('.WrongExpectedVersion')) {
        throw new Error(`EventStoreDB refuses the stream ${IDENTITY_STREAM}: ${answer.message}`);
      }
    } catch (error) {
      if (attempt >= ATTEMPTS || !(error instanceof EventStoreUnavailable)) throw error;
    }
    // What another has just written cannot always be read yet.
    await sleep(PAUSE_MS * attempt);
    if (attempt >= ATTEMPTS) throw new Error(`the stream ${IDENTITY_STREAM} was written, and is not there`);
  }
}

function creation() {
  const data = JSON.stringify({ id: randomUUID(), createdAt: new Date().toISOString() });
  const event = { hash: digest(data), type: 'StoreCreated', data, metadata: '{}' };
  return { stream: IDENTITY_STREAM, expectedRevision: -1, previousHash: '', events: [event], bytes: data.length };
}

function idOf({ id }: Record<string, unknown>): string {
  if (typeof id === 'string') return id;
  throw new Error(
    `the stream ${IDENTITY_STREAM} does not say what this store is called: it was not written by this program`,
  );
}
