import { randomUUID } from 'node:crypto';
import {
  type ANY,
  CancelledError,
  EventStoreDBClient,
  jsonEvent,
  type NO_STREAM,
  type STREAM_EXISTS,
  UnavailableError,
  UnknownError,
} from '@eventstore/db-client';
import { type DoubleOptions, type EventStoreDbDouble, startEventStoreDbDouble } from './double';

export type Expected = bigint | typeof ANY | typeof NO_STREAM | typeof STREAM_EXISTS;
export type NumberedEvent = ReturnType<typeof numbered>;

/** For the double's own tests: a fresh one for each test, and the real client that talks to it. */
export class ThroughTheClient {
  double!: EventStoreDbDouble;
  client!: EventStoreDBClient;

  async start(options: DoubleOptions = {}): Promise<void> {
    this.double = await startEventStoreDbDouble(options);
    this.client = EventStoreDBClient.connectionString(this.double.url);
  }

  async stop(): Promise<void> {
    await this.client.dispose();
    await this.double.stop();
  }

  async append(stream: string, events: NumberedEvent[], expectedRevision: Expected = 'any', options = {}) {
    return this.client.appendToStream(stream, events, { expectedRevision, ...options });
  }

  /** The numbers in a stream, as the client reads them. */
  async numbersIn(stream: string, options = {}): Promise<number[]> {
    return numbersOf(await collect(this.client.readStream(stream, options)));
  }

  /** The numbers that stand in the log, whatever the client knows of them. */
  numbersWritten(stream: string): number[] {
    return this.double.log.stream(stream).map(({ data }) => numberIn(JSON.parse(Buffer.from(data).toString())));
  }
}

export const numbered = (n: number, id: string = randomUUID()) =>
  jsonEvent({ type: 'Happened', id, data: { n }, metadata: { by: 'test', n } });

export const several = (...numbers: number[]): NumberedEvent[] => numbers.map((n) => numbered(n));

export async function collect<T>(stream: AsyncIterable<T>, count = Infinity): Promise<T[]> {
  const all: T[] = [];
  for await (const one of stream) {
    all.push(one);
    if (all.length >= count) break;
  }
  return all;
}

export const numbersOf = (resolved: { event?: { data: unknown } }[]): number[] =>
  resolved.map(({ event }) => numberIn(event?.data));

export const numberIn = (data: unknown): number => (data as { n: number }).n;

/** Resolves with the event's first appearance, to be waited for after what causes it. */
export const emitted = (emitter: NodeJS.EventEmitter, name: string): Promise<unknown> =>
  new Promise((resolve) => emitter.once(name, resolve));

const PASSING = [UnavailableError, CancelledError, UnknownError];

/**
 * Again until it succeeds: the client needs a moment to notice that a connection has gone, and gRPC makes no other for a
 * second after one that broke while it was made.
 */
export async function untilTaken<T>(attempt: () => Promise<T>, attempts = Infinity): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      const isPassing =
        PASSING.some((type) => error instanceof type) || /Channel has been shut down/.test((error as Error).message);
      if (!isPassing || n >= attempts) throw error;
      await new Promise(setImmediate);
    }
  }
}
