import { Writable } from 'node:stream';
import { RecordedEvent } from '../../libs/event-store/event-store';
import { FeedStep } from './feed';
import { serverSentEvents } from './server-sent-events';

const QUIET = { heartbeatMs: 60_000, retryMs: 500 };

test('one message per event, its position as id', async () => {
  const body = serverSentEvents(() => steps([step(1, ['1']), step(2, ['2'])]), QUIET);
  expect(await textOf(body)).toBe(
    'retry: 500\n\nid: 1\ndata: {"position":"1","data":{"title":"甲\\n乙"}}\n\nid: 2\ndata: {"position":"2","data":{"title":"甲\\n乙"}}\n\n',
  );
});

test('a reader that does not read is not read for', async () => {
  let pulled = 0;
  async function* endless(): AsyncGenerator<FeedStep> {
    for (;;) {
      pulled += 1;
      yield step(
        pulled,
        Array.from({ length: 10 }, (_, index) => String(pulled * 10 + index)),
      );
    }
  }
  const body = serverSentEvents(endless, { ...QUIET, heartbeatMs: 1 });
  const stuck = new Writable({ write: () => undefined });
  body.pipe(stuck);
  const held = await settled(() => pulled);
  // 16 KiB here and 64 KiB there, in frames of about 60 bytes, ten to a step.
  expect(held).toBeLessThan(200);
  expect(body.readableLength).toBeLessThan(20_000);
  body.destroy();
});

test('while nothing happens there are signs of life, which carry how far the search has come', async () => {
  const waiting = Promise.withResolvers<void>();
  async function* feed(): AsyncGenerator<FeedStep> {
    yield { items: [], position: '41' };
    await waiting.promise;
  }
  const body = serverSentEvents(feed, { ...QUIET, heartbeatMs: 5 });
  let text = '';
  for await (const chunk of body) {
    text += String(chunk);
    if (text.split('waiting').length > 3) break;
  }
  expect(text).toMatch(/^retry: 500\n\n(id: 41\n: waiting\n\n){3}/);
  waiting.resolve();
});

test('who leaves ends the feed, also while it waits', async () => {
  const [started, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* feed(signal: AbortSignal): AsyncGenerator<FeedStep> {
    started.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    ended.resolve();
    yield* [];
  }
  const body = serverSentEvents(feed, QUIET);
  body.resume();
  await started.promise;
  body.destroy();
  await ended.promise;
});

test('an error of the feed is the error of the answer', async () => {
  async function* feed(): AsyncGenerator<FeedStep> {
    yield step(1, ['1']);
    throw new Error('the store is gone');
  }
  await expect(textOf(serverSentEvents(feed, QUIET))).rejects.toThrow('the store is gone');
});

function step(position: number, positions: string[]): FeedStep {
  const items = positions.map((at) => ({ position: at, data: { title: '甲\n乙' } }) as unknown as RecordedEvent);
  return { items, position: String(position) };
}

async function* steps(list: FeedStep[]): AsyncGenerator<FeedStep> {
  yield* list;
}

async function textOf(body: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of body) text += String(chunk);
  return text;
}

/** The value once it has stopped changing for a while. */
async function settled(read: () => number): Promise<number> {
  let [value, same] = [read(), 0];
  while (same < 20) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    same = read() === value ? same + 1 : 0;
    value = read();
  }
  return value;
}
