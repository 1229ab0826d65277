import { setTimeout as sleep } from 'node:timers/promises';
import { Actor, digest, GENESIS, seal, UnsealedEvent } from '../audit/hash-chain';
import { civilDateAt } from '../project/civil-date';
import { DecisionContext, ProgrammeFacts } from '../project/programme-facts';
import { Decider } from './decider';
import { AppendInDoubt, ConcurrencyConflict, EventStore, Position, RecordedEvent } from './event-store';
import { uuidV7 } from './uuid-v7';

/** Who asks, and how the command is told from others. */
export interface CommandEnvelope {
  /** The caller's key: the same id sent again to the same stream has one effect and one answer. */
  commandId: string;
  actor: Actor;
  correlationId?: string;
  causationId?: string;
  /** W3C trace context; kept with the events, so that a trace goes on where they are read. */
  traceparent?: string;
  /** Revision the caller has seen (`If-Match`); a stream that has moved on is a {@link ConcurrencyConflict}. */
  expectedRevision?: number;
  /** Records as of a past instant (ISO 8601) from a named source, and says so in the metadata. */
  backfill?: { recordedAt: string; source: string };
}

export interface CommandRequest<Command> extends CommandEnvelope {
  stream: string;
  /** Decided one after the other and appended together, all or none. */
  commands: readonly Command[];
}

export interface CommandOutcome<State> {
  stream: string;
  /** Revision, position and state after the last event of this command, also when it is asked again later. */
  revision: number;
  position: Position;
  state: State;
  eventIds: string[];
  /** The command had been carried out before; nothing was written now. */
  repeated: boolean;
}

/** A key that came before with another command. */
export class CommandIdReused extends Error {
  override readonly name = 'CommandIdReused';
  constructor(readonly commandId: string) {
    super(`command id ${commandId} was used for a different command before`);
  }
}

/** A backfill older than what the stream has recorded already: recording times may not run backwards. */
export class BackfillTooLate extends Error {
  override readonly name = 'BackfillTooLate';
  constructor(
    readonly stream: string,
    readonly lastRecordedAt: string,
  ) {
    super(`stream ${stream} already has an event recorded at ${lastRecordedAt}`);
  }
}

const ATTEMPTS = { afterRaces: 10, inDoubt: 5 };
/**
 * After a lost race: any time up to this, each time twice as long, lest those who lost it together lose the next one
 * together. And if its winner cannot be read yet: about this, each time three times as long. Neither beyond the longest.
 */
const PAUSE_MS = { race: 10, unreadable: 20, longest: 500 };

/**
 * The one way to write: load the stream, fold it, decide, append at the revision seen. A lost race is decided anew some
 * times, after a pause, when the caller gave no expectation. An append in doubt is retried: the stream tells whether it happened.
 */
export class CommandHandler<State extends { revision: number }, Command, Event extends { type: string; data: object }> {
  constructor(
    private readonly store: EventStore,
    private readonly decider: Decider<State, Command, Event, DecisionContext>,
    private readonly programme: ProgrammeFacts,
    private readonly clock: () => Date = () => new Date(),
  ) {}

  /** @throws Refusal, ConcurrencyConflict, CommandIdReused, BackfillTooLate, EventTooLarge, AppendInDoubt */
  async handle(request: CommandRequest<Command>): Promise<CommandOutcome<State>> {
    return this.decideAndAppend(request, await this.load(request.stream));
  }

  /** Many streams at once: one round trip to read, appends merged by the store. A stream may stand in the list once. */
  async handleAll(
    requests: readonly CommandRequest<Command>[],
  ): Promise<PromiseSettledResult<CommandOutcome<State>>[]> {
    const histories = await this.store.readStreams(requests.map((request) => request.stream));
    return Promise.allSettled(
      requests.map((request) => this.decideAndAppend(request, histories.get(request.stream) ?? [])),
    );
  }

  /** State of a stream by folding its history; undefined for an empty one. */
  fold(history: readonly RecordedEvent[]): State | undefined {
    let state: State | undefined;
    for (const event of history) state = this.decider.evolve(state, this.upcast(event));
    return state;
  }

  private async decideAndAppend(
    request: CommandRequest<Command>,
    loaded: RecordedEvent[],
  ): Promise<CommandOutcome<State>> {
    const commandDigest = digest(request.commands);
    let history = loaded;
    for (let attempt = 1; ; attempt += 1) {
      const earlier = this.earlierOutcome(request, commandDigest, history);
      if (earlier) return earlier;
      this.assertExpected(request, history);
      try {
        return await this.appendDecision(request, commandDigest, history);
      } catch (error) {
        if (attempt >= attemptsAfter(error)) throw error;
        // Whoever was faster, it may have been this very command, sent twice at once.
        history = await this.reload(request.stream, history, error instanceof ConcurrencyConflict ? attempt : 0);
      }
    }
  }

  private async appendDecision(
    request: CommandRequest<Command>,
    commandDigest: string,
    history: RecordedEvent[],
  ): Promise<CommandOutcome<State>> {
    const last = history.at(-1);
    const revision = last?.revision ?? -1;
    const recordedAt = this.recordingTime(request, last);
    const { events, state } = this.decide(request.commands, this.fold(history), recordedAt);
    const unsealed = events.map((event) => this.describe(request, commandDigest, { event, recordedAt }));
    const sealed = seal(unsealed, { stream: request.stream, revision, hash: last?.metadata.hash ?? GENESIS });
    const appended = await this.store.append({ stream: request.stream, expectedRevision: revision, events: sealed });
    const eventIds = sealed.map((event) => event.metadata.eventId);
    return { stream: request.stream, ...appended, state, eventIds, repeated: false };
  }

  private decide(
    commands: readonly Command[],
    before: State | undefined,
    recordedAt: string,
  ): { events: Event[]; state: State } {
    const context = { programme: this.programme, today: civilDateAt(new Date(recordedAt), this.programme.timeZone) };
    let state = before;
    const events: Event[] = [];
    for (const command of commands) {
      for (const event of this.decider.decide(command, state, context)) {
        events.push(event);
        state = this.decider.evolve(state, event);
      }
    }
    if (!state || events.length === 0) throw new RangeError('a command must lead to at least one event');
    return { events, state };
  }

  private describe(
    request: CommandRequest<Command>,
    commandDigest: string,
    decided: { event: Event; recordedAt: string },
  ): UnsealedEvent {
    const { event, recordedAt } = decided;
    return {
      type: event.type,
      data: event.data as Record<string, unknown>,
      metadata: {
        eventId: uuidV7(),
        commandId: request.commandId,
        commandDigest,
        correlationId: request.correlationId ?? request.commandId,
        causationId: request.causationId ?? request.commandId,
        ...(request.traceparent !== undefined && { traceparent: request.traceparent }),
        actor: request.actor,
        schemaVersion: this.decider.versionOf(event.type),
        recordedAt,
        ...(request.backfill && {
          backfill: { writtenAt: this.clock().toISOString(), source: request.backfill.source },
        }),
      },
    };
  }

  /** Recording times never run backwards within a stream, whatever the clocks of several processes say. */
  private recordingTime(request: CommandRequest<Command>, last: RecordedEvent | undefined): string {
    const lastRecordedAt = last?.metadata.recordedAt ?? '';
    // In one notation, for instants are compared as texts.
    const recordedAt = (request.backfill ? new Date(request.backfill.recordedAt) : this.clock()).toISOString();
    if (recordedAt >= lastRecordedAt) return recordedAt;
    if (request.backfill) throw new BackfillTooLate(request.stream, lastRecordedAt);
    return lastRecordedAt;
  }

  /** @throws ConcurrencyConflict when the caller has seen another revision than the stream is at; Refusal when there is none */
  private assertExpected(request: CommandRequest<Command>, history: readonly RecordedEvent[]): void {
    const revision = history.at(-1)?.revision ?? -1;
    if (request.expectedRevision === undefined || request.expectedRevision === revision) return;
    // What does not exist has not moved on: the decider says so, unless the command begins it.
    if (revision === -1) this.decide(request.commands, undefined, this.recordingTime(request, undefined));
    throw new ConcurrencyConflict(request.stream, request.expectedRevision, revision);
  }

  private earlierOutcome(
    request: CommandRequest<Command>,
    commandDigest: string,
    history: readonly RecordedEvent[],
  ): CommandOutcome<State> | undefined {
    const own = history.filter((event) => event.metadata.commandId === request.commandId);
    const last = own.at(-1);
    if (!last) return undefined;
    if (last.metadata.commandDigest !== commandDigest) throw new CommandIdReused(request.commandId);
    const state = this.fold(history.slice(0, last.revision + 1));
    if (!state) throw new Error(`stream ${request.stream} has events but no state`);
    const { stream, revision, position } = last;
    return { stream, revision, position, state, eventIds: own.map((event) => event.metadata.eventId), repeated: true };
  }

  /** A store may refuse an append for an event that its reads show a moment later: till then deciding again is no use. */
  private async reload(
    stream: string,
    before: readonly RecordedEvent[],
    /** How many races were lost; 0 after an append in doubt. */
    races: number,
  ): Promise<RecordedEvent[]> {
    if (races === 0) return this.load(stream);
    await sleep(Math.min(PAUSE_MS.race * 2 ** (races - 1), PAUSE_MS.longest) * Math.random());
    const history = await this.load(stream);
    if (history.length > before.length) return history;
    await sleep(Math.min(PAUSE_MS.unreadable * 3 ** (races - 1), PAUSE_MS.longest) * (0.5 + Math.random()));
    return this.load(stream);
  }

  private async load(stream: string): Promise<RecordedEvent[]> {
    return (await this.store.readStreams([stream])).get(stream) ?? [];
  }

  private upcast(event: RecordedEvent): Event {
    return this.decider.upcast({ type: event.type, schemaVersion: event.metadata.schemaVersion, data: event.data });
  }
}

/** How often a command is decided in all when one attempt has ended so. */
function attemptsAfter(error: unknown): number {
  if (error instanceof ConcurrencyConflict) return ATTEMPTS.afterRaces;
  return error instanceof AppendInDoubt ? ATTEMPTS.inDoubt : 1;
}
