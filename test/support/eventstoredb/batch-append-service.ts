import { status, type ServerDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Status } from '@eventstore/db-client/generated/status_pb';
import type { UUID } from '@eventstore/db-client/generated/shared_pb';
import { Access } from './access';
import { append, AppendResult, ExpectedRevision, sizeOf } from './append-rules';
import { denied, notReady, timeout, tooLarge, wrongExpectedVersion } from './batch-status';
import { Faults } from './faults';
import { EventLog, ProposedEvent } from './log';
import { allStreamPosition, proposedEvent, streamIdentifier, streamName } from './messages';

export type BatchAppendCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** An append whose events may come in several messages. */
interface Pending {
  id: UUID;
  stream: string;
  expected: ExpectedRevision;
  deadline: number;
  events: ProposedEvent[];
  size: number;
}

/** The method BatchAppend: one call for all appends of a client, each answered under its correlation id. */
export class BatchAppendService {
  constructor(
    private readonly log: EventLog,
    private readonly faults: Faults,
    private readonly access: Access,
    private readonly maximumAppendSize: number,
  ) {}

  async batchAppend(call: BatchAppendCall): Promise<void> {
    const pending = new Map<string, Pending>();
    try {
      for await (const request of call as AsyncIterable<BatchAppendReq>) {
        const complete = this.receive(call, pending, request);
        if (complete) await this.execute(call, complete);
      }
      call.end();
    } catch (error) {
      if (!call.cancelled) call.emit('error', error as ServiceError);
    }
  }

  private receive(call: BatchAppendCall, pending: Map<string, Pending>, request: BatchAppendReq): Pending | undefined {
    const id = request.getCorrelationId() as UUID;
    const options = request.getOptions();
    if (options) {
      const opened = open(id, options);
      const refused = this.access.refusal(call.metadata, opened.stream);
      if (refused?.code === status.UNAUTHENTICATED) throw refused;
      if (refused) return answer(call, opened, denied());
      if (opened.deadline <= Date.now()) return answer(call, opened, timeout());
      pending.set(id.getString(), opened);
    }
    const append = pending.get(id.getString());
    if (!append) return undefined;
    for (const message of request.getProposedMessagesList()) {
      const event = proposedEvent(message);
      append.events.push(event);
      append.size += sizeOf(event);
    }
    const isTooLarge = append.size > this.maximumAppendSize;
    if (isTooLarge || request.getIsFinal()) pending.delete(id.getString());
    if (isTooLarge) return answer(call, append, tooLarge(this.maximumAppendSize));
    return request.getIsFinal() ? append : undefined;
  }

  private async execute(call: BatchAppendCall, request: Pending): Promise<void> {
    const refused = this.faults.takeCallFault();
    if (refused) throw refused;
    const fault = this.faults.takeAppendFault();
    await this.faults.wait('before');
    if (request.deadline <= Date.now()) return void answer(call, request, timeout());
    const result = fault?.executed === false ? undefined : append(this.log, request);
    await this.faults.wait('answer');
    if (fault?.answer === 'drop') this.faults.dropConnections();
    else if (fault?.answer === 'timeout') answer(call, request, timeout());
    else if (fault?.answer === 'not-ready') answer(call, request, notReady());
    else if (!fault && result) answer(call, request, answerOf(result, request.expected));
  }
}

function open(id: UUID, options: BatchAppendReq.Options): Pending {
  return {
    id,
    stream: streamName(options.getStreamIdentifier()),
    expected: expectedRevision(options),
    deadline: options.getDeadline()?.toDate().getTime() ?? Infinity,
    events: [],
    size: 0,
  };
}

function expectedRevision(options: BatchAppendReq.Options): ExpectedRevision {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return BigInt(options.getStreamPosition());
}

function answerOf(result: AppendResult, expected: ExpectedRevision): BatchAppendResp.Success | Status {
  if (result.kind !== 'success') return wrongExpectedVersion(expected, result.current);
  return new BatchAppendResp.Success()
    .setCurrentRevision(String(result.revision))
    .setPosition(allStreamPosition(result.position));
}

function answer(call: BatchAppendCall, { id, stream }: Pending, result: Status | BatchAppendResp.Success): undefined {
  if (call.cancelled) return undefined;
  const response = new BatchAppendResp().setCorrelationId(id).setStreamIdentifier(streamIdentifier(stream));
  if (result instanceof BatchAppendResp.Success) response.setSuccess(result);
  else response.setError(result);
  call.write(response);
  return undefined;
}
