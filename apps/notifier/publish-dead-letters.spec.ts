import fc from 'fast-check';
import { DeadLetterMessage, sendInParts } from './publish-dead-letters';

/** Takes so many bytes at once, of which each letter has 1 beside its value. */
function topicOf(limit: number) {
  const taken: DeadLetterMessage[] = [];
  const tooLarge = new Error('too large');
  return {
    taken,
    isTooLarge: (error: unknown) => error === tooLarge,
    send: async (messages: readonly DeadLetterMessage[]) => {
      const bytes = messages.reduce((sum, { value }) => sum + 1 + (value?.length ?? 0), 0);
      if (bytes > limit) throw tooLarge;
      taken.push(...messages);
    },
  };
}

const HEADERS = { 'dead-letter-id': '1', 'dead-letter-reason': 'answered 500', 'dead-letter-attempts': '15' };
const lettersOf = (sizes: readonly number[]): DeadLetterMessage[] =>
  sizes.map((size, index) => ({ key: `${index}`, value: 'x'.repeat(size), headers: HEADERS }));

describe('dead letters', () => {
  it('all come to the topic in order, whatever it takes; too large ones without their value', async () => {
    const sizes = fc.array(fc.nat(30), { minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 60 }), async (drawn, limit) => {
        const topic = topicOf(limit);
        await sendInParts(lettersOf(drawn), topic);
        expect(topic.taken).toEqual(
          lettersOf(drawn).map((letter) => {
            const { length } = letter.value as string;
            if (length + 1 <= limit) return letter;
            return { ...letter, value: null, headers: { ...letter.headers, 'dead-letter-omitted-bytes': `${length}` } };
          }),
        );
      }),
    );
  });

  it('wait where the error is another one', async () => {
    const topic = { ...topicOf(100), send: () => Promise.reject(new Error('no broker')) };
    await expect(sendInParts(lettersOf([1, 2]), topic)).rejects.toThrow('no broker');
  });

  it('wait where the topic takes not even that', async () => {
    await expect(sendInParts(lettersOf([1]), topicOf(0))).rejects.toThrow('too large');
  });
});
