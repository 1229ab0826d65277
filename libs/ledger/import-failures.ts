import { BackfillTooLate, CommandIdReused } from '../event-store/command-handler';
import { ConcurrencyConflict, EventTooLarge } from '../event-store/event-store';
import { Refusal } from '../project/refusal';
import { UnknownEvent } from '../project/upcasters';
import { RowPlan } from './import-plan';
import { refusalErrors } from './import-rehearsal';
import { CellError } from './ledger-row';

/**
 * Whether somebody else has written to the project since the row was planned; it may have been the same row of the same
 * bytes under another name, which is another command under the same id.
 */
export function isOvertaken(error: unknown): boolean {
  return error instanceof ConcurrencyConflict || error instanceof CommandIdReused;
}

/** Whether the history of a project is what nobody here can read, and so no fault of the code that reads it. */
export function isUnreadable(error: unknown): error is Error {
  return error instanceof UnknownEvent || error instanceof RangeError;
}

/** Whether only this row cannot be recorded; anything else ends the import. */
export function isFaultOfRow(error: unknown): boolean {
  return (
    isOvertaken(error) || error instanceof Refusal || error instanceof EventTooLarge || error instanceof BackfillTooLate
  );
}

export function failureErrors(failure: unknown, { commands }: RowPlan): CellError[] {
  const [command] = commands;
  if (failure instanceof Refusal && command) return refusalErrors(failure.reasons, command);
  if (failure instanceof BackfillTooLate) return [tooLate(failure.lastRecordedAt)];
  if (failure instanceof EventTooLarge)
    return [{ code: 'row-too-large', text: { zh: '内容过大', en: failure.message } }];
  return [
    { code: 'conflict', text: { zh: '项目正被他人修改，请重新导入', en: 'others keep writing to this project' } },
  ];
}

export function tooLate(lastRecordedAt: string): CellError {
  const text = {
    zh: `该项目在 ${lastRecordedAt} 已有记录，不能再补录更早的记录`,
    en: `something was recorded of this project at ${lastRecordedAt}, after the instant this import records as of`,
  };
  return { code: 'backfill-too-late', text };
}

export function unreadable({ message }: Error): CellError {
  const text = {
    zh: `系统无法读取该项目的记录：${message}`,
    en: `the record of this project cannot be read: ${message}`,
  };
  return { code: 'history-unreadable', text };
}

export function repeats(earlier: string, field: 'id' | 'code'): CellError {
  const text = { zh: `与 ${earlier} 行是同一项目`, en: `is the same project as row ${earlier}` };
  return { field, code: 'row-repeated', text };
}

export const UNNAMED: CellError = {
  field: 'code',
  code: 'identity-missing',
  text: { zh: '须填写项目编号或项目标识', en: 'a row needs the code or the id of its project' },
};

export const NOT_A_UUID: CellError = {
  field: 'id',
  code: 'id-malformed',
  text: { zh: '不是有效的项目标识', en: 'is no id of a project (a UUID)' },
};

export const PROJECT_UNKNOWN: CellError = {
  field: 'id',
  code: 'project-unknown',
  text: { zh: '没有此标识的项目', en: 'there is no project with this id' },
};
