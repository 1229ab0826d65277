import { HttpException } from '@nestjs/common';
import { BackfillTooLate, CommandIdReused } from '../../event-store/command-handler';
import {
  AppendInDoubt,
  ConcurrencyConflict,
  EventStoreUnavailable,
  EventTooLarge,
} from '../../event-store/event-store';
import { isConnectionLoss } from '../../postgres/connection-loss';
import { Refusal, Text } from '../../project/refusal';
import { Problem, ProblemDetail } from './problem';

/** What an error means to the one who asked. `expectation` says whether the request carried an `If-Match`. */
export function problemOf(error: unknown, expectation: boolean): ProblemDetail {
  if (error instanceof Problem) return error.detail;
  if (error instanceof Refusal) return refusalProblem(error);
  if (error instanceof ConcurrencyConflict) return conflictProblem(error, expectation);
  if (error instanceof HttpException && error.getStatus() < 500) return httpProblem(error);
  return writingProblem(error) ?? (isUnavailable(error) ? UNAVAILABLE : UNEXPECTED);
}

/** What deciders say of a stream without events. */
const UNKNOWN = new Set(['project-unknown', 'conference-unknown']);

function refusalProblem(refusal: Refusal): ProblemDetail {
  const errors = refusal.reasons.flatMap(({ field, code, text }) =>
    field === undefined ? [] : [{ field, code, text }],
  );
  const [first] = refusal.reasons;
  const text = {
    zh: refusal.reasons.map((reason) => reason.text.zh).join('；'),
    en: refusal.reasons.map((reason) => reason.text.en).join('; '),
  };
  if (errors.length > 0) return { status: 422, code: first.code, text, errors };
  return { status: UNKNOWN.has(first.code) ? 404 : 409, code: first.code, text };
}

function conflictProblem(conflict: ConcurrencyConflict, expectation: boolean): ProblemDetail {
  return {
    status: expectation ? 412 : 409,
    code: 'concurrency-conflict',
    text: conflictText(conflict),
    ...(!expectation && { headers: { 'retry-after': '1' } }),
  };
}

function conflictText({ actualRevision, expectedRevision }: ConcurrencyConflict): Text {
  if (actualRevision === -1) {
    return {
      zh: `尚不存在，没有修订号 ${expectedRevision}`,
      en: `this does not exist yet, so it is not at revision ${expectedRevision}`,
    };
  }
  return {
    zh: `已有人先行修改：当前修订号为 ${actualRevision}，而不是 ${expectedRevision}`,
    en: `somebody else was first: the revision is ${actualRevision}, not ${expectedRevision}`,
  };
}

function writingProblem(error: unknown): ProblemDetail | undefined {
  if (error instanceof CommandIdReused) return KEY_REUSED;
  if (error instanceof AppendInDoubt) return IN_DOUBT;
  if (error instanceof EventTooLarge) {
    const text = {
      zh: `内容过大：${error.bytes} 字节，上限 ${error.limit} 字节`,
      en: `too much to record at once: ${error.bytes} bytes, the limit is ${error.limit}`,
    };
    return { status: 413, code: 'event-too-large', text };
  }
  if (error instanceof BackfillTooLate) {
    const text = {
      zh: `该项目已有 ${error.lastRecordedAt} 的记录，不能补录更早的`,
      en: `something was recorded at ${error.lastRecordedAt} already; nothing earlier can be filled in`,
    };
    return { status: 409, code: 'backfill-too-late', text };
  }
  return undefined;
}

/** Errors that Nest and Fastify raise themselves: no such route, a body that is no JSON, and the like. */
function httpProblem(error: HttpException): ProblemDetail {
  const status = error.getStatus();
  const known = HTTP_PROBLEMS[status];
  const said = error.message;
  if (status === 400) return { status, code: 'malformed', text: { zh: `请求无法读取：${said}`, en: said } };
  return known ? { status, ...known } : { status, code: `http-${status}`, text: { zh: said, en: said } };
}

const HTTP_PROBLEMS: Record<number, { code: string; text: Text }> = {
  404: { code: 'not-found', text: { zh: '该地址不存在', en: 'there is nothing at this address' } },
  405: { code: 'method-not-allowed', text: { zh: '该地址不接受此方法', en: 'this address does not take that method' } },
  413: { code: 'body-too-large', text: { zh: '请求内容过大', en: 'the body of the request is too large' } },
  414: { code: 'address-too-long', text: { zh: '地址过长', en: 'the address is too long' } },
  415: {
    code: 'media-type',
    text: {
      zh: '不支持该内容类型，请使用 application/json',
      en: 'this media type is not understood; send application/json',
    },
  },
};

const KEY_REUSED: ProblemDetail = {
  status: 422,
  code: 'idempotency-key-reused',
  text: {
    zh: '该 Idempotency-Key 已用于另一条命令',
    en: 'this Idempotency-Key was used for a different command before',
  },
};

const IN_DOUBT: ProblemDetail = {
  status: 503,
  code: 'append-in-doubt',
  text: {
    zh: '未能确认是否已记录；请以相同的 Idempotency-Key 重试，不会重复记录',
    en: 'it is not known whether this was recorded; send it again with the same Idempotency-Key, it has one effect',
  },
  headers: { 'retry-after': '1' },
};

const UNAVAILABLE: ProblemDetail = {
  status: 503,
  code: 'unavailable',
  text: { zh: '数据库暂时不可用，请稍后重试', en: 'the database cannot be reached now; try again later' },
  headers: { 'retry-after': '5' },
};

const UNEXPECTED: ProblemDetail = {
  status: 500,
  code: 'unexpected',
  text: { zh: '系统内部错误，已记入日志', en: 'something went wrong here; the log has the details under this id' },
};

/** The database or the event store is away, full or shutting down; or its name cannot be looked up. */
function isUnavailable(error: unknown): boolean {
  if (error instanceof EventStoreUnavailable) return true;
  if (isConnectionLoss(error) || /^(53\w{3}|ENOTFOUND|EAI_AGAIN)$/.test(codeOf(error) ?? '')) return true;
  return typeof error === 'object' && error !== null && 'cause' in error && isUnavailable(error.cause);
}

/** The `code` that Node's and PostgreSQL's errors carry. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
