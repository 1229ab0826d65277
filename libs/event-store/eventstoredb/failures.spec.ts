import { Metadata, status } from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../event-store';
import { explain } from './failures';

/** An error as gRPC throws it. */
function failed(code: number, details: string, trailers: Record<string, string> = {}): Error {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata });
}

const LASTING = [
  failed(status.UNAUTHENTICATED, 'Unauthenticated'),
  failed(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' }),
  failed(status.PERMISSION_DENIED, 'forbidden by a proxy'),
  failed(status.FAILED_PRECONDITION, 'Event stream is deleted', {
    exception: 'stream-deleted',
    'stream-name': 'project-1',
  }),
  failed(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.'),
  failed(status.UNKNOWN, 'Unexpected error: Trying to read from an invalid position.'),
];

test.each(LASTING.map((error) => [error.message, error]))('is for good: %s', (_, error) => {
  expect(explain(error)).not.toBeInstanceOf(EventStoreUnavailable);
});

const others = Object.entries(status).filter(
  ([name, code]) => code !== status.OK && Number.isInteger(code) && !/^(UNAUTHENTICATED|PERMISSION_DENIED)$/.test(name),
);
test.each(others)('may pass: a call that fails with %s', (_, code) => {
  const explained = explain(failed(Number(code), 'nobody knows why'));
  expect(explained).toBeInstanceOf(EventStoreUnavailable);
  expect(explained.message).toContain('nobody knows why');
});

test.each([
  new Error('Failed to discover after 10 attempts.'),
  new Error('Channel has been shut down'),
  Object.assign(new Error('getaddrinfo ENOTFOUND n1'), { code: 'ENOTFOUND' }),
  new Error('something that nobody has thought of'),
])('may pass: $message', (error) => {
  expect(explain(error)).toBeInstanceOf(EventStoreUnavailable);
});
