import { EventStoreDBClient } from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import { BatchAppendReq, BatchAppendResp, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { notUnderstood, readConnectionString } from './connection-string';
import { explain } from './failures';

/** The parts of a call that we use, of `@grpc/grpc-js`. */
export interface ReadCall {
  on(event: 'data', listener: (response: ReadResp) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  cancel(): void;
}

export interface BatchAppendCall {
  on(event: 'data', listener: (response: BatchAppendResp) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  write(request: BatchAppendReq): unknown;
  end(): void;
  cancel(): void;
}

/**
 * What we use of the client beneath its public face: it finds the node (gossip, leader), keeps the channel with its TLS and
 * credentials, and makes a new one when it breaks. The calls themselves are ours, on the service definitions it ships: its
 * `readAll` knows no filter, and its batch append keeps the appends of all clients of a process in one map, which a broken
 * stream of one empties for all (an answer that comes then is an uncaught TypeError), and leaves writes that wait for a
 * broken stream as unhandled rejections. Hence the exact version in package.json.
 */
interface ClientInside {
  GRPCStreamCreator<Call>(
    service: typeof StreamsClient,
    name: string,
    create: (streams: StreamsClient) => Call,
  ): () => Promise<Call>;
  callArguments(
    options: { requiresLeader: boolean },
    callOptions?: { deadline?: Date | number },
  ): [metadata: never, options: Record<string, unknown>];
  getChannel(): Promise<{ close(): void }>;
  dispose(): Promise<void>;
}

/** For one read with an end: a page, a head. */
const READ_DEADLINE_MS = 30_000;

function clientOf(url: string): ClientInside {
  let failure: unknown;
  try {
    return EventStoreDBClient.connectionString(url) as unknown as ClientInside;
  } catch (error) {
    failure = error;
  }
  // An error of the client's parser, unlike its others, shows a part of the text and holds the whole.
  const { expected } = failure as { expected?: string };
  throw expected === undefined ? failure : notUnderstood(expected);
}

function collect(call: ReadCall, isLast: (response: ReadResp) => boolean): Promise<ReadResp[]> {
  return new Promise((resolve, reject) => {
    const responses: ReadResp[] = [];
    let isComplete = false;
    call.on('data', (response) => {
      // What was on its way when the call was cancelled.
      if (isComplete) return;
      responses.push(response);
      isComplete = isLast(response);
      if (!isComplete) return;
      resolve(responses);
      call.cancel();
    });
    call.on('error', reject);
    call.on('end', () => resolve(responses));
  });
}

/** The one channel to EventStoreDB that all calls of a store share. */
export class Connection {
  private readonly client: ClientInside;
  /** A node that has lost the leadership would serve what it had; so it names the leader, and the client goes there. */
  private readonly requiresLeader: boolean;

  /** @throws Error for a text that is no connection string (`esdb://` or `esdb+discover://`) */
  constructor(
    url: string,
    private readonly readDeadlineMs = READ_DEADLINE_MS,
  ) {
    this.requiresLeader = readConnectionString(url).requiresLeader;
    this.client = clientOf(url);
  }

  /**
   * The answers to a read that has an end, up to the one of which `isLast` says so: then the call is cancelled.
   * @throws EventStoreUnavailable, or the signal's reason
   */
  async read(request: ReadReq, isLast: (response: ReadResp) => boolean, signal?: AbortSignal): Promise<ReadResp[]> {
    signal?.throwIfAborted();
    const call = await this.startRead(request, { deadline: new Date(Date.now() + this.readDeadlineMs) });
    const abort = (): void => call.cancel();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      if (signal?.aborted) abort();
      return await collect(call, isLast);
    } catch (error) {
      signal?.throwIfAborted();
      throw explain(error);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** A read without an end. */
  subscribe(request: ReadReq): Promise<ReadCall> {
    return this.startRead(request, { deadline: Infinity });
  }

  /** One call over which appends go out and their answers come back, each with its correlation id. */
  batchAppend(): Promise<BatchAppendCall> {
    return this.start('batchAppend', (streams) => streams.batchAppend(...this.callArguments({ deadline: Infinity })));
  }

  async close(): Promise<void> {
    await this.client.dispose();
    const channel = await this.client.getChannel().catch(() => undefined);
    channel?.close();
  }

  private startRead(request: ReadReq, options: { deadline: Date | number }): Promise<ReadCall> {
    return this.start('read', (streams) => streams.read(request, ...this.callArguments(options)));
  }

  private callArguments(options: { deadline: Date | number }): ReturnType<ClientInside['callArguments']> {
    return this.client.callArguments({ requiresLeader: this.requiresLeader }, options);
  }

  private async start<Call>(name: string, create: (streams: StreamsClient) => Call): Promise<Call> {
    try {
      return await this.client.GRPCStreamCreator(StreamsClient, name, create)();
    } catch (error) {
      throw explain(error);
    }
  }
}
