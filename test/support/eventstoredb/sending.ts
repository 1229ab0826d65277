import type { ServerWritableStream } from '@grpc/grpc-js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Sends one message and waits until there is room for the next, or the call has ended. */
export async function send(call: ReadCall, message: ReadResp, ended: AbortSignal): Promise<void> {
  if (ended.aborted || call.write(message)) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      call.off('drain', go);
      ended.removeEventListener('abort', go);
      resolve();
    };
    call.once('drain', go);
    ended.addEventListener('abort', go);
  });
}
