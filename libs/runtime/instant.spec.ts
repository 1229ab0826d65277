import { isInstant } from './instant';

test.each(['2024-06-30T16:00:00Z', '2024-02-29T16:00+08:00', '2024-06-30T16:00:00.123456-03:30'])('%s', (text) => {
  expect(isInstant(text)).toBe(true);
  expect(new Date(text).getTime()).not.toBeNaN();
});

test.each([
  '2021-06-31T12:00:00Z',
  '2023-02-29T12:00:00Z',
  '2021-06-30',
  '2021-06-30T12:00:00',
  '2021-06-30T24:00:00Z',
  '2021-06-30 12:00:00Z',
  '',
])('not %s', (text) => expect(isInstant(text)).toBe(false));
