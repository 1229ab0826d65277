import { PassThrough } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { forbidden } from '../http/problem';
import { endWhenRefused } from './access';

const REFUSED = forbidden('token-refused', { zh: '已吊销', en: 'revoked' });

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** An answer that goes on, and how often its caller has been asked for. */
function answerTo(failures: (Error | undefined)[]) {
  const identifyAgain = jest.fn(async () => {
    const failure = failures[identifyAgain.mock.calls.length - 1];
    if (failure) throw failure;
  });
  const request = { identifyAgain } as unknown as FastifyRequest;
  return { identifyAgain, answer: endWhenRefused(new PassThrough(), request) };
}

test('an answer that goes on ends when its caller is not let in any more, and not when nobody can tell', async () => {
  const { answer, identifyAgain } = answerTo([undefined, new Error('the database is away'), undefined, REFUSED]);
  await jest.advanceTimersByTimeAsync(3_500);
  expect(answer.destroyed).toBe(false);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(answer.destroyed).toBe(true);
  await jest.advanceTimersByTimeAsync(10_000);
  expect(identifyAgain).toHaveBeenCalledTimes(4);
});

test('nobody is asked for whose answer has ended', async () => {
  const { answer, identifyAgain } = answerTo([]);
  answer.destroy();
  await jest.advanceTimersByTimeAsync(5_000);
  expect(identifyAgain).not.toHaveBeenCalled();
});
