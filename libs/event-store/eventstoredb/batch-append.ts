import { randomUUID } from 'node:crypto';
import { Empty, StreamIdentifier, UUID } from '@eventstore/db-client/generated/shared_pb';
import { BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import { EventStoreUnavailable, Position } from '../event-store';
import { PreparedAppend } from '../prepared-append';
import { BatchAppendCall, Connection } from './connection';
import { explain } from './failures';
import { positionOf } from './position';
import { recordIdOf } from './record-id';

/** The server has written the events, now or before. It does not always say where. */
export interface Written {
  revision: number;
  position: Position | undefined;
}

/** The server has refused an append, and written nothing of it. */
export interface Refused {
  /** Type name of the reason, such as `event_store.client.WrongExpectedVersion`. */
  reason: string;
  message: string;
  response: BatchAppendResp;
}

interface Pending {
  resolve: (answer: Written | Refused) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** Reasons by which the server says that it does not know itself, or not yet; all others are refusals. */
const UNSETTLED = /^event_store\.client\.(Timeout|Unknown)$|^google\.protobuf\.Empty$/;

/** All appends of a store go out over one call, without waiting for each other; answers find theirs by correlation id. */
export class BatchAppend {
  private current: Promise<Wire> | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly timeoutMs: number,
  ) {}

  /** @throws EventStoreUnavailable when no answer came: what became of the append is not known */
  async send(append: PreparedAppend): Promise<Written | Refused> {
    this.current ??= this.open();
    return (await this.current).send(append, this.timeoutMs);
  }

  async close(): Promise<void> {
    const wire = await this.current?.catch(() => undefined);
    wire?.close();
  }

  private open(): Promise<Wire> {
    const forget = (): void => {
      if (this.current === opened) this.current = undefined;
    };
    const opened = this.connection.batchAppend().then((call) => new Wire(call, forget));
    opened.catch(forget);
    return opened;
  }
}

/** One call, until it breaks or an append over it gets no answer: then the next append goes over another. */
class Wire {
  private readonly pending = new Map<string, Pending>();
  private isGivenUp = false;

  constructor(
    private readonly call: BatchAppendCall,
    private readonly forget: () => void,
  ) {
    call.on('data', (response) => this.settle(response));
    call.on('error', (error) => this.fail(explain(error)));
    call.on('end', () => this.fail(new EventStoreUnavailable('EventStoreDB has ended the call that appends go over')));
  }

  send(append: PreparedAppend, timeoutMs: number): Promise<Written | Refused> {
    const correlationId = randomUUID();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(correlationId);
        this.giveUp();
        reject(new EventStoreUnavailable(`EventStoreDB has not answered an append within ${timeoutMs} ms`));
      }, timeoutMs);
      this.pending.set(correlationId, { resolve, reject, timer });
      this.call.write(requestOf(append, correlationId));
    });
  }

  close(): void {
    this.call.end();
    this.call.cancel();
  }

  private settle(response: BatchAppendResp): void {
    const correlationId = response.getCorrelationId()?.getString() ?? '';
    const pending = this.pending.get(correlationId);
    // An answer to what is no longer waited for.
    if (!pending) return;
    this.pending.delete(correlationId);
    clearTimeout(pending.timer);
    if (this.isGivenUp) this.giveUp();
    const answer = answerOf(response);
    if (answer instanceof Error) pending.reject(answer);
    else pending.resolve(answer);
  }

  /** Ends the call as soon as nobody waits for an answer from it. */
  private giveUp(): void {
    this.isGivenUp = true;
    this.forget();
    if (this.pending.size === 0) this.call.cancel();
  }

  private fail(error: Error): void {
    this.forget();
    for (const { reject, timer } of this.pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.pending.clear();
  }
}

function answerOf(response: BatchAppendResp): Written | Refused | Error {
  const success = response.getSuccess();
  if (success) {
    const at = success.getPosition();
    return {
      revision: Number(success.getCurrentRevision()),
      position: at && positionOf(at.getCommitPosition(), at.getPreparePosition()),
    };
  }
  const error = response.getError();
  const reason = error?.getDetails()?.getTypeName() ?? 'unknown';
  const message = error?.getMessage() || reason;
  if (UNSETTLED.test(reason)) return new EventStoreUnavailable(`EventStoreDB could not finish an append: ${message}`);
  return { reason, message, response };
}

/** The server's own time limit for a write holds: with a deadline of ours the clocks of both would have to agree. */
function requestOf({ stream, expectedRevision, events }: PreparedAppend, correlationId: string): BatchAppendReq {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream, 'utf8'));
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(identifier);
  if (expectedRevision === -1) options.setNoStream(new Empty());
  else options.setStreamPosition(String(expectedRevision));
  const request = new BatchAppendReq();
  request.setCorrelationId(uuidOf(correlationId));
  request.setOptions(options);
  request.setIsFinal(true);
  for (const { hash, type, data, metadata } of events) {
    const message = new BatchAppendReq.ProposedMessage();
    message.setId(uuidOf(recordIdOf(hash)));
    message.getMetadataMap().set('type', type).set('content-type', 'application/json');
    message.setData(Buffer.from(data, 'utf8'));
    message.setCustomMetadata(Buffer.from(metadata, 'utf8'));
    request.addProposedMessages(message);
  }
  return request;
}

function uuidOf(text: string): UUID {
  const uuid = new UUID();
  uuid.setString(text);
  return uuid;
}
