import { BadRequestException } from '@nestjs/common';
import { BackfillTooLate, CommandIdReused } from '../../event-store/command-handler';
import { AppendInDoubt, ConcurrencyConflict, EventTooLarge } from '../../event-store/event-store';
import { Refusal } from '../../project/refusal';
import { problemOf } from './problem-of';
import { problemDocument } from './problem.filter';

const text = { zh: '不行', en: 'no' };

describe('problemOf', () => {
  it.each<[string, unknown, boolean, number, string]>([
    ['a wrong field', new Refusal([{ code: 'a', field: 'b', text }]), false, 422, 'a'],
    ['a state that forbids', new Refusal([{ code: 'a', text }]), false, 409, 'a'],
    ['no such project', new Refusal([{ code: 'project-unknown', text }]), false, 404, 'project-unknown'],
    ['a lost race', new ConcurrencyConflict('s', 1, 2), false, 409, 'concurrency-conflict'],
    ['a revision that moved on', new ConcurrencyConflict('s', 1, 2), true, 412, 'concurrency-conflict'],
    ['a key of another command', new CommandIdReused('k'), false, 422, 'idempotency-key-reused'],
    ['an event too large', new EventTooLarge('s', 2, 1), false, 413, 'event-too-large'],
    ['a backfill too late', new BackfillTooLate('s', '2024-01-01'), false, 409, 'backfill-too-late'],
    ['an unknown outcome', new AppendInDoubt('s', { cause: 1 }), false, 503, 'append-in-doubt'],
    ['a database that is away', Object.assign(new Error(''), { code: 'ECONNREFUSED' }), false, 503, 'unavailable'],
    ['a full disk', Object.assign(new Error(''), { code: '53100' }), false, 503, 'unavailable'],
    [
      'the same, wrapped',
      new Error('x', { cause: Object.assign(new Error(''), { code: '57P01' }) }),
      false,
      503,
      'unavailable',
    ],
    ['an error of Nest', new BadRequestException('what'), false, 400, 'malformed'],
    ['an error of ours', new TypeError('undefined is not a function'), false, 500, 'unexpected'],
    ['no error at all', 'thrown text', false, 500, 'unexpected'],
  ])('answers %s', (...[, error, expectation, status, code]) => {
    expect(problemOf(error, expectation)).toMatchObject({ status, code });
  });

  it('says when a race that was lost may be run again, and of no revision that it will come back', () => {
    const conflict = new ConcurrencyConflict('s', 1, 2);
    expect(problemOf(conflict, false).headers).toEqual({ 'retry-after': '1' });
    expect(problemOf(conflict, true).headers).toBeUndefined();
  });

  it('is written in the language of the reader', () => {
    const problem = problemOf(new Refusal([{ code: 'a', field: 'b.c', text }]), false);
    expect(problemDocument(problem, 'zh', 'id-1')).toEqual({
      type: 'urn:luodi:problem:a',
      title: 'Unprocessable Entity',
      status: 422,
      code: 'a',
      detail: '不行',
      id: 'id-1',
      errors: [{ field: 'b.c', code: 'a', detail: '不行' }],
    });
  });
});
