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

  async function* frames(): AsyncGenerator<string> {
    // Sent at once, so that the answer begins even when there is no event yet.
    yield `retry: ${options.retryMs}\n\n`;
    for await (const step of feed(ended.signal)) {
      for (const event of step.items) yield frame(event.position, event);
      reached = step.position;
    }
  }

  const body = Readable.from(frames(), { objectMode: false, highWaterMark: 16 * 1024 });
  const heartbeat = setInterval(() => {
    // A reader that has not even taken the last frames needs no sign of life; pushing more would only fill the memory.
    if (body.readableLength > 0 || body.readableEnded) return;
    // A message without data is no message, but its id is remembered: the reader resumes from here.
    body.push(reached === undefined ? ': waiting\n\n' : `id: ${reached}\n: waiting\n\n`);
  }, options.heartbeatMs);
  body.once('close', () => {
    clearInterval(heartbeat);
    ended.abort();
  });
  return body;
}

function frame(id: string, data: unknown): string {
  return `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
