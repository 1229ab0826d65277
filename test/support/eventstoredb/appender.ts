import type { Metadata } from '@grpc/grpc-js';
import { append, type Append, type AppendResult } from './append-rules';
import { type AppendFault, Faults } from './faults';
import { EventLog } from './log';

/** What the client is to hear of an append; `nothing`: no answer at all. */
export type AppendOutcome = AppendResult | { kind: 'timeout' } | { kind: 'not-ready' } | { kind: 'nothing' };

/** Executes appends one after the other, with the delays and faults that the test asked for. */
export class Appender {
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly log: EventLog,
    private readonly faults: Faults,
  ) {}

  /**
   * @param metadata of its call
   * @param isTooLate asked when the append's turn has come: its deadline has passed, or the client has gone
   * @throws ServiceError that the whole call is to fail with
   */
  async execute(request: Append, metadata: Metadata, isTooLate: () => boolean): Promise<AppendOutcome> {
    const refused = this.faults.takeCallFault(metadata);
    if (refused) throw refused;
    const fault = this.faults.takeAppendFault();
    await this.myTurn(this.faults.wait('before'));
    if (isTooLate()) return { kind: 'timeout' };
    if (fault?.executed === false) return this.spoil(fault);
    const result = append(this.log, request);
    await this.faults.wait('answer');
    return fault ? this.spoil(fault) : result;
  }

  private spoil({ answer }: AppendFault): AppendOutcome {
    if (answer === 'drop') this.faults.dropConnections();
    return answer === 'timeout' || answer === 'not-ready' ? { kind: answer } : { kind: 'nothing' };
  }

  /** Delays run at the same time, but no append overtakes another. */
  private async myTurn(delay: Promise<void>): Promise<void> {
    this.turn = this.turn.then(() => delay);
    await this.turn;
  }
}
