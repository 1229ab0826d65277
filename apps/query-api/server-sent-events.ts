import { Readable } from 'node:stream';
import { FeedStep } from './feed';

export interface SseOptions {
  /** Milliseconds between signs of life while nothing happens; they also tell the reader how far the search has come. */
  heartbeatMs: number;
  /** Milliseconds a reader should wait before it connects again. */
  retryMs: number;
}

/**
 * A feed as server-sent events (WHATWG HTML, 9.2): one message per event with its position as `id` and the event as JSON.
 * Nothing is pulled from the feed while the reader does not read. Destroying the stream ends the feed through `ended`.
 */
export function serverSentEvents(
  feed: (signal: AbortSignal) => AsyncIterable<FeedStep>,
  options: SseOptions,
): Readable {
  const ended = new AbortController();
  let reached: string | undefined;

  async function* frames(): AsyncGenerator<string, undefined> {
    // Sent at once, so that the answer begins even when there is no event yet.
    yield `retry: ${options.retryMs}\n\n`;
    for await (const step of feed(ended.signal)) {
      for (const event of step.items) yield frame(event.position, event);
      reached = step.position;
    }
    return undefined;
  }

  const source = frames();
  let pulling = false;
  async function pull(): Promise<void> {
    pulling = true;
    try {
      for (let wanted = true; wanted;) {
        const { value, done } = await source.next();
        // A feed that was broken off may not look like one that has ended.
        if (body.destroyed) return;
        wanted = body.push(done ? null : value) && !done;
      }
    } catch (error) {
      body.destroy(error instanceof Error ? error : new Error(String(error)));
    } finally {
      pulling = false;
    }
  }

  const body = new Readable({
    highWaterMark: 16 * 1024,
    read: () => void (pulling || pull()),
    destroy: (error, callback) => {
      clearInterval(heartbeat);
      // The feed may be waiting for the next event: only the signal wakes it, so that it can end.
      ended.abort();
      source.return(undefined).then(() => callback(error), callback);
    },
  });
  const heartbeat = setInterval(() => {
    // A reader that has not even taken the last frames needs no sign of life; pushing more would only fill the memory.
    if (body.readableLength > 0 || body.readableEnded) return;
    // A message without data is no message, but its id is remembered: the reader resumes from here.
    body.push(reached === undefined ? ': waiting\n\n' : `id: ${reached}\n: waiting\n\n`);
  }, options.heartbeatMs);
  return body;
}

function frame(id: string, data: unknown): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
