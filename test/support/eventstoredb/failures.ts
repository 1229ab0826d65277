import { Metadata, status, type ServiceError } from '@grpc/grpc-js';

export interface Endpoint {
  host: string;
  port: number;
}

/** An error as the server fails a whole call with; the client knows it by the trailer `exception`. */
export function failure(code: status, details: string, trailers: Record<string, string> = {}): ServiceError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

export const accessDenied = (): ServiceError =>
  failure(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const unauthenticated = (): ServiceError => failure(status.UNAUTHENTICATED, 'Unauthenticated');

export const unavailable = (): ServiceError => failure(status.UNAVAILABLE, 'Server Is Not Ready');

/** What the server says of several things that pass: no leader for the moment, an index that is not there yet, a read that broke. */
export const unknown = (details = 'No leader info available'): ServiceError => failure(status.UNKNOWN, details);

/** What gRPC and HTTP/2 on the way make of a broken stream or a proxy's error. */
export const internal = (): ServiceError => failure(status.INTERNAL, 'The answer could not be read');

export const timedOut = (): ServiceError => failure(status.ABORTED, 'Operation timed out');

export const invalidPosition = (): ServiceError =>
  failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');

export const maximumAppendSizeExceeded = (limit: number): ServiceError =>
  failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });

export const notLeader = ({ host, port }: Endpoint): ServiceError =>
  failure(status.NOT_FOUND, 'Leader info available', {
    exception: 'not-leader',
    'leader-endpoint-host': host,
    'leader-endpoint-port': String(port),
  });
