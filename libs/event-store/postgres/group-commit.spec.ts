import fc from 'fast-check';
import { GroupCommit } from './group-commit';

interface Append {
  stream: string;
  events: number[];
  bytes: number;
}

/** A store whose transactions end when the test says so. */
function transactions(limits = { lanes: 2, overlap: 1, events: 10, bytes: 100 }) {
  const open: { batch: Append[]; end: (error?: Error) => void }[] = [];
  const group = new GroupCommit<Append, string>(
    (batch) =>
      new Promise((resolve, reject) => {
        const end = (error?: Error): void => {
          open.splice(open.indexOf(transaction), 1);
          if (error) reject(error);
          else resolve(batch.map(({ stream }) => ({ status: 'fulfilled', value: stream })));
        };
        const transaction = { batch, end };
        open.push(transaction);
      }),
    limits,
  );
  const add = (stream: string, events = 1, bytes = 1): Promise<string> =>
    group.add({ stream, events: Array<number>(events).fill(0), bytes });
  const batches = (): string[] => open.map(({ batch }) => batch.map(({ stream }) => stream).join(''));
  const settle = async (): Promise<void> => {
    open[0]?.end();
    // The lane waits for one turn itself, which it begins to wait for after us: behind the second its next batch is open.
    for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
  };
  return { group, open, add, batches, settle };
}

test('a lone append goes at once, and the next one as soon as it has its answer', async () => {
  const { add, batches, open } = transactions();
  const first = add('a');
  expect(batches()).toEqual(['a']);
  open[0]?.end();
  await first;
  void add('b');
  expect(batches()).toEqual(['b']);
});

test('what comes while all lanes are busy is shared out fairly over the next ones', async () => {
  const { add, batches, settle } = transactions();
  for (const stream of 'abcdefgh') void add(stream);
  expect(batches()).toEqual(['a', 'b']);
  await settle();
  expect(batches()).toEqual(['b', 'cdef']);
  await settle();
  expect(batches()).toEqual(['cdef', 'gh']);
});

test('a second transaction goes beside the first only for as many as are worth it', async () => {
  const { add, batches, settle } = transactions({ lanes: 2, overlap: 3, events: 10, bytes: 100 });
  for (const stream of 'abc') void add(stream);
  expect(batches()).toEqual(['a']);
  void add('d');
  expect(batches()).toEqual(['a', 'bcd']);
  void add('e');
  await settle();
  expect(batches()).toEqual(['bcd']);
  void add('f');
  await settle();
  expect(batches()).toEqual(['ef']);
});

test('those who just got an answer ride in the next batch', async () => {
  const { add, batches, settle } = transactions({ lanes: 1, overlap: 1, events: 10, bytes: 100 });
  void add('a');
  for (const stream of 'bcd') void add(stream).then(() => void add(stream.toUpperCase()));
  await settle();
  void add('e');
  expect(batches()).toEqual(['bcd']);
  await settle();
  expect(batches()).toEqual(['eBCD']);
});

test('a stream is in one batch at a time, in order', async () => {
  const { add, batches, settle } = transactions();
  for (const stream of 'aaba') void add(stream);
  expect(batches()).toEqual(['a', 'b']);
  await settle();
  expect(batches()).toEqual(['b', 'a']);
  await settle();
  expect(batches()).toEqual(['a']);
  await settle();
  expect(batches()).toEqual(['a']);
});

test('a batch is bounded by events and by bytes, unless a single append is larger', async () => {
  const { add, batches, settle } = transactions({ lanes: 1, overlap: 1, events: 10, bytes: 100 });
  void add('a');
  void add('b', 6);
  void add('c', 5);
  void add('d', 1, 60);
  void add('e', 1, 60);
  void add('f', 500, 5_000);
  const seen = [];
  while (batches().length > 0) {
    seen.push(...batches());
    await settle();
  }
  expect(seen).toEqual(['a', 'b', 'cd', 'e', 'f']);
});

test('an error of a transaction is the answer to all in it, and the lane goes on', async () => {
  const { group, add, open, settle, batches } = transactions({ lanes: 1, overlap: 1, events: 10, bytes: 100 });
  const first = add('a');
  const second = [add('b'), add('c')];
  const last = second.map((it) => it.catch((error: Error) => error.message));
  await settle();
  expect(await first).toBe('a');
  open[0]?.end(new Error('no space'));
  expect(await Promise.all(last)).toEqual(['no space', 'no space']);
  const third = add('d');
  let drained = false;
  const done = group.drained().then(() => (drained = true));
  while (batches().length === 0) await new Promise(setImmediate);
  expect(drained).toBe(false);
  await settle();
  await Promise.all([third, done]);
  await group.drained();
});

test('whatever comes in whatever order, everything is answered once, and every stream keeps its order', async () => {
  const arrivals = fc.array(fc.record({ stream: fc.constantFrom('a', 'b', 'c', 'd'), pause: fc.nat(3) }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      arrivals,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (appends, lanes, overlap) => {
        const written: string[] = [];
        let [inFlight, most] = [0, 0];
        const group = new GroupCommit<Append & { number: number }, number>(
          async (batch) => {
            inFlight += 1;
            most = Math.max(most, inFlight);
            expect(new Set(batch.map(({ stream }) => stream)).size).toBe(batch.length);
            await new Promise(setImmediate);
            for (const { stream, number } of batch) written.push(`${stream}${number}`);
            inFlight -= 1;
            return batch.map(({ number }) => ({ status: 'fulfilled', value: number }));
          },
          { lanes, overlap, events: 3, bytes: 100 },
        );
        const answers: Promise<number>[] = [];
        for (const [number, { stream, pause }] of appends.entries()) {
          answers.push(group.add({ stream, number, events: [0], bytes: 1 }));
          for (let turn = 0; turn < pause; turn += 1) await new Promise(setImmediate);
        }
        expect(await Promise.all(answers)).toEqual(appends.map((_, number) => number));
        expect(most).toBeLessThanOrEqual(lanes);
        for (const stream of 'abcd') {
          const sent = appends.flatMap((append, number) => (append.stream === stream ? [`${stream}${number}`] : []));
          expect(written.filter((it) => it.startsWith(stream))).toEqual(sent);
        }
      },
    ),
  );
});
