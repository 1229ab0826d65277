import type { sendUnaryData, ServerReadableStream, ServiceError } from '@grpc/grpc-js';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb';
import { Access } from './access';
import { type AppendResult, type ExpectedRevision, sizeOf } from './append-rules';
import { Appender } from './appender';
import { maximumAppendSizeExceeded, timedOut, unavailable } from './failures';
import type { ProposedEvent } from './log';
import { proposedEvent, streamName } from './messages';

export type AppendCall = ServerReadableStream<AppendReq, AppendResp>;

/** The method Append: one call for one append. The client takes it when an append comes with credentials of its own. */
export class AppendService {
  constructor(
    private readonly appender: Appender,
    private readonly access: Access,
    private readonly maximumAppendSize: number,
  ) {}

  async append(call: AppendCall, callback: sendUnaryData<AppendResp>): Promise<void> {
    try {
      const response = await this.execute(call);
      if (response) callback(null, response);
    } catch (error) {
      if (!call.cancelled) callback(error as ServiceError);
    }
  }

  /** @returns nothing when the client is to get no answer */
  private async execute(call: AppendCall): Promise<AppendResp | undefined> {
    const request = await this.receive(call);
    const outcome = await this.appender.execute(request, call.metadata, () => call.cancelled);
    switch (outcome.kind) {
      case 'timeout':
        throw timedOut();
      case 'not-ready':
        throw unavailable();
      case 'nothing':
        return undefined;
      case 'success':
      case 'wrong-expected-version':
        return responseTo(outcome, request.expected);
    }
  }

  private async receive(
    call: AppendCall,
  ): Promise<{ stream: string; expected: ExpectedRevision; events: ProposedEvent[] }> {
    const request = { stream: '', expected: 'any' as ExpectedRevision, events: [] as ProposedEvent[] };
    let size = 0;
    for await (const message of call as AsyncIterable<AppendReq>) {
      const options = message.getOptions();
      const proposed = message.getProposedMessage();
      if (options) {
        request.stream = streamName(options.getStreamIdentifier());
        request.expected = expectedRevision(options);
        const refused = this.access.refusal(call.metadata, request.stream);
        if (refused) throw refused;
      }
      if (!proposed) continue;
      const event = proposedEvent(proposed);
      request.events.push(event);
      size += sizeOf(event);
      if (size > this.maximumAppendSize) throw maximumAppendSizeExceeded(this.maximumAppendSize);
    }
    return request;
  }
}

function expectedRevision(options: AppendReq.Options): ExpectedRevision {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(options.getRevision());
}

function responseTo(result: AppendResult, expected: ExpectedRevision): AppendResp {
  if (result.kind === 'success') {
    const position = String(result.position);
    return new AppendResp().setSuccess(
      new AppendResp.Success()
        .setCurrentRevision(String(result.revision))
        .setPosition(new AppendResp.Position().setCommitPosition(position).setPreparePosition(position)),
    );
  }
  const wrong = new AppendResp.WrongExpectedVersion();
  if (result.current < 0n) wrong.setCurrentNoStream(new Empty());
  else wrong.setCurrentRevision(String(result.current));
  if (expected === 'any') wrong.setExpectedAny(new Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new Empty());
  else wrong.setExpectedRevision(String(expected));
  return new AppendResp().setWrongExpectedVersion(wrong);
}
