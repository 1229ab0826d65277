import fc from 'fast-check';
import { RecordedEvent } from '../event-store';
import { MergedReads } from './merged-reads';

const event = (stream: string): RecordedEvent => ({ stream }) as RecordedEvent;

/** Reads that end when the test says so; every stream has one event but those called `none`. */
class Source {
  readonly asked: (readonly string[])[] = [];
  private readonly pending: PromiseWithResolvers<RecordedEvent[]>[] = [];

  read = (streams: readonly string[]): Promise<RecordedEvent[]> => {
    const answer = Promise.withResolvers<RecordedEvent[]>();
    this.asked.push(streams);
    this.pending.push(answer);
    return answer.promise;
  };

  async answer(): Promise<void> {
    const index = this.asked.length - this.pending.length;
    this.pending.shift()?.resolve((this.asked[index] ?? []).filter((stream) => stream !== 'none').map(event));
    await new Promise(setImmediate);
  }

  async fail(): Promise<void> {
    this.pending.shift()?.reject(new Error('no connection'));
    await new Promise(setImmediate);
  }
}

describe('merged reads', () => {
  it('serve one who comes alone at once, and merge who comes meanwhile', async () => {
    const source = new Source();
    const reads = new MergedReads(source.read, { lanes: 1, streams: 100 });
    const answers = ['a', 'b', 'none', 'b'].map((stream) => reads.histories([stream]));
    expect(source.asked).toEqual([['a']]);
    await source.answer();
    expect(source.asked).toEqual([['a'], ['b', 'none']]);
    await source.answer();
    const found = (await Promise.all(answers)).map((histories) => [...histories]);
    expect(found).toEqual([[['a', [event('a')]]], [['b', [event('b')]]], [['none', []]], [['b', [event('b')]]]]);
  });

  it('keep to the limit, and serve who wants more alone', async () => {
    const source = new Source();
    const reads = new MergedReads(source.read, { lanes: 1, streams: 2 });
    const wanted = [['a'], ['b'], ['c', 'd', 'e'], ['f'], ['g'], ['h']];
    const answers = wanted.map((streams) => reads.histories(streams));
    for (let turn = 0; turn < 5; turn += 1) await source.answer();
    expect(source.asked).toEqual([['a'], ['b'], ['c', 'd', 'e'], ['f', 'g'], ['h']]);
    await Promise.all(answers);
  });

  it('are drained when also those are served who wait', async () => {
    const source = new Source();
    const reads = new MergedReads(source.read, { lanes: 1, streams: 100 });
    await reads.drained();
    const answers = ['a', 'b'].map((stream) => reads.histories([stream]));
    let isDrained = false;
    const drained = reads.drained().then(() => (isDrained = true));
    await source.answer();
    expect(isDrained).toBe(false);
    await source.answer();
    await drained;
    await Promise.all(answers);
  });

  it('fail those of one query only', async () => {
    const source = new Source();
    const reads = new MergedReads(source.read, { lanes: 2, streams: 100 });
    const answers = Promise.allSettled(['a', 'b', 'c'].map((stream) => reads.histories([stream])));
    await source.fail();
    await source.answer();
    await source.answer();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('give everybody what he asked for, whatever the order', async () => {
    const asked = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'none'), { maxLength: 3 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(asked, fc.integer({ min: 1, max: 3 }), async (wanted, lanes) => {
        const read = async (streams: readonly string[]) => {
          await new Promise(setImmediate);
          return streams.filter((stream) => stream !== 'none').map(event);
        };
        const reads = new MergedReads(read, { lanes, streams: 4 });
        const answers = await Promise.all(wanted.map((streams) => reads.histories(streams)));
        answers.forEach((histories, index) => {
          const expected = (wanted[index] ?? []).map((stream) => [stream, stream === 'none' ? [] : [event(stream)]]);
          expect([...histories]).toEqual(expected);
        });
      }),
    );
  });
});
