import { Inject, Injectable } from '@nestjs/common';
import type { EventStore, Position } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import { Pool } from '../../libs/postgres/pool';
import { CivilDate, civilDateAt } from '../../libs/project/civil-date';
import { isMissing } from '../../libs/read-models/generation';
import { READ_MODELS, type ReadModels } from '../../libs/read-models/read-models.module';
import { NotYetVisible } from '../../libs/read-models/wait-for';
import { badRequest, Problem, ProblemDetail } from '../../libs/runtime/http/problem';

const PATIENCE_MS = 5_000;

/** What every query of read models begins with: wait for the caller's own write, then ask. */
@Injectable()
export class Reading {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(EVENT_STORE) private readonly store: EventStore,
  ) {}

  /** Asks the read models once they hold everything up to `after`. @throws Problem 503 when that takes too long */
  async ask<Answer>(after: string | undefined, question: (pool: Pool) => Promise<Answer>): Promise<Answer> {
    if (after !== undefined) await this.arrival(after);
    try {
      return await question(this.readModels.pool);
    } catch (error) {
      throw isMissing(error) ? new Problem(NOT_YET_BUILT) : error;
    }
  }

  private async arrival(position: Position): Promise<void> {
    try {
      await this.readModels.visibility.waitFor(position, PATIENCE_MS);
    } catch (error) {
      if (error instanceof RangeError) throw notAPosition('after');
      if (!(error instanceof NotYetVisible)) throw error;
      // Beyond the end of the store nothing will ever arrive.
      await this.check(position);
      throw notYetVisible(error);
    }
  }

  /** For what is read from the event store itself, which holds every position it has ever given out. @throws Problem 400 */
  async check(position: Position | undefined, field = 'after'): Promise<void> {
    if (position === undefined) return;
    const head = await this.store.head();
    if (head === undefined || !this.isWithin(position, head)) throw notAPosition(field);
  }

  private isWithin(position: Position, head: Position): boolean {
    try {
      return this.store.compare(position, head) <= 0;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }

  today(): CivilDate {
    return civilDateAt(new Date(), this.programme.timeZone);
  }
}

/** 400 for a text that this store has never given out as a position. */
function notAPosition(field: string): Problem {
  const text = { zh: '不是本系统给出的位置', en: 'is no position that this store has given out' };
  return badRequest('position', text, field);
}

const NOT_YET_BUILT: ProblemDetail = {
  status: 503,
  code: 'read-models-missing',
  text: {
    zh: '查询库尚未建立：请启动 projector',
    en: 'the read models have not been built yet: start the projector',
  },
  headers: { 'retry-after': '5' },
};

function notYetVisible({ position, timeoutMs }: NotYetVisible): Problem {
  const seconds = timeoutMs / 1000;
  return new Problem({
    status: 503,
    code: 'not-yet-visible',
    text: {
      zh: `等待 ${seconds} 秒后位置 ${position} 仍未进入查询库，请稍后重试`,
      en: `position ${position} has not arrived in the read models within ${seconds} s; ask again`,
    },
    headers: { 'retry-after': '1' },
  });
}
