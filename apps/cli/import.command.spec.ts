import { backfillOf } from './import.command';
import { UsageError } from './session';

const source = '旧台账';

test('a backfill is recorded as of an instant, or of noon UTC of a day', () => {
  expect(backfillOf({})).toBeUndefined();
  expect(backfillOf({ asOf: '2021-06-30', source })).toEqual({ recordedAt: '2021-06-30T12:00:00.000Z', source });
  expect(backfillOf({ asOf: '2021-06-30T20:00+08:00', source })).toEqual({
    recordedAt: '2021-06-30T12:00:00.000Z',
    source,
  });
});

test.each([
  '2021-06-31',
  '2021-06-31T12:00:00Z',
  '2023-02-29T12:00:00Z',
  '2021-06-30T12:00:00',
  '30 June 2021',
  '2094-06-30',
])('never as of %s', (asOf) => {
  expect(() => backfillOf({ asOf, source })).toThrow(UsageError);
  expect(() => backfillOf({ asOf, source })).toThrow(`--as-of ${asOf}`);
});

test('nor without its source, nor a source without its instant', () => {
  expect(() => backfillOf({ asOf: '2021-06-30' })).toThrow(UsageError);
  expect(() => backfillOf({ source })).toThrow(UsageError);
});
