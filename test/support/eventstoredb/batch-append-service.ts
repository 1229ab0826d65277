import type { ServerDuplexStream, ServiceError } from '@grpc/grpc-js';
import { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Status } from '@eventstore/db-client/generated/status_pb';
import type { UUID } from '@eventstore/db-client/generated/shared_pb';
import { Access } from './access';
import { type ExpectedRevision, sizeOf } from './append-rules';
import { Appender, type AppendOutcome } from './appender';
import { denied, notReady, timeout, tooLarge, wrongExpectedVersion } from './batch-status';
import type { ProposedEvent } from './log';
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
    private readonly appender: Appender,
    private readonly access: Access,
    private readonly maximumAppendSize: number,
  ) {}

  batchAppend(call: BatchAppendCall): void {
    const stranger = this.access.stranger(call.metadata);
    if (stranger) return void call.emit('error', stranger);
    const pending = new Map<string, Pending>();
    const executions: Promise<void>[] = [];
    call.on('data', (request: BatchAppendReq) => {
      const complete = this.receive(call, pending, request);
      if (complete) executions.push(this.execute(call, complete));
    });
    call.on('end', () => void Promise.all(executions).then(() => call.end()));
  }

  /** @returns the append once its last message has come */
  private receive(call: BatchAppendCall, pending: Map<string, Pending>, request: BatchAppendReq): Pending | undefined {
    const id = request.getCorrelationId() as UUID;
    const key = id.getString();
    const options = request.getOptions();
    if (options && this.accept(call, id, options)) pending.set(key, open(id, options));
    const append = pending.get(key);
    if (!append) return undefined;
    const events = request.getProposedMessagesList().map(proposedEvent);
    append.events.push(...events);
    append.size += events.reduce((size, event) => size + sizeOf(event), 0);
    if (append.size > this.maximumAppendSize) {
      pending.delete(key);
      answer(call, append, tooLarge(this.maximumAppendSize));
      return undefined;
    }
    return request.getIsFinal() && pending.delete(key) ? append : undefined;
  }

  private accept(call: BatchAppendCall, id: UUID, options: BatchAppendReq.Options): boolean {
    const append = open(id, options);
    const refused = this.access.refusal(call.metadata, append.stream);
    if (refused) answer(call, append, denied());
    else if (isLate(append)) answer(call, append, timeout());
    return !refused && !isLate(append);
  }

  private async execute(call: BatchAppendCall, request: Pending): Promise<void> {
    try {
      const outcome = await this.appender.execute(request, call.metadata, () => isLate(request));
      const response = responseTo(outcome, request.expected);
      if (response) answer(call, request, response);
    } catch (error) {
      if (!call.cancelled) call.emit('error', error as ServiceError);
    }
  }
}

const isLate = ({ deadline }: Pending): boolean => deadline <= Date.now();

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

function responseTo(outcome: AppendOutcome, expected: ExpectedRevision): BatchAppendResp.Success | Status | undefined {
  switch (outcome.kind) {
    case 'success':
      return new BatchAppendResp.Success()
        .setCurrentRevision(String(outcome.revision))
        .setPosition(allStreamPosition(outcome.position));
    case 'wrong-expected-version':
      return wrongExpectedVersion(expected, outcome.current);
    case 'timeout':
      return timeout();
    case 'not-ready':
      return notReady();
    case 'nothing':
      return undefined;
  }
}

function answer(call: BatchAppendCall, { id, stream }: Pending, result: Status | BatchAppendResp.Success): void {
  if (call.cancelled || call.writableEnded) return;
  const response = new BatchAppendResp().setCorrelationId(id).setStreamIdentifier(streamIdentifier(stream));
  if (result instanceof BatchAppendResp.Success) response.setSuccess(result);
  else response.setError(result);
  call.write(response);
}
