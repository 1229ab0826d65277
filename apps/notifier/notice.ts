import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { ReceivedMessage } from './batch-server';

/** What the notifier needs to know of an event of a project; the body is the message as it came. */
export interface Notice {
  eventId: string;
  type: string;
  project: string;
  /** Decimal; the order of a project's events. */
  revision: string;
  programme: string;
  prefecture: string;
  /** ISO 8601. When it was really written, which is later than `time` for what was filled in afterwards. */
  writtenAt: string;
  body: string;
}

/** A text that PostgreSQL can hold. */
const Text = Type.String({ minLength: 1, pattern: '^[^\\u0000]+$' });

/** Only what is used here: a message may gain properties at any time, and this must go on reading it. */
const USED = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Text,
  type: Text,
  subject: Text,
  time: Text,
  recordedtime: Type.Optional(Text),
  sequence: Type.String({ pattern: '^\\d{1,18}$' }),
  data: Type.Object({ project: Type.Object({ programme: Text, prefecture: Text }) }),
});

/** The message is none that can be read; trying again does not help until the code is mended. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a message of `luodi.project-events.v1`. @throws Unreadable */
export function readNotice({ value }: Pick<ReceivedMessage, 'value'>): Notice {
  if (!value) throw new Unreadable('the message has no value');
  const body = attempt('is not UTF-8', () => utf8.decode(value));
  const event: unknown = attempt('is no JSON', () => JSON.parse(body) as unknown);
  if (!Value.Check(USED, event)) {
    const wrong = Value.Errors(USED, event).First();
    throw new Unreadable(`is no event of a project: ${wrong?.path} ${wrong?.message}`);
  }
  const writtenAt = new Date(event.recordedtime ?? event.time);
  if (Number.isNaN(writtenAt.getTime())) throw new Unreadable('is no event of a project: /time is no instant');
  const { id: eventId, type, subject: project, sequence: revision } = event;
  const { programme, prefecture } = event.data.project;
  return { eventId, type, project, revision, programme, prefecture, writtenAt: writtenAt.toISOString(), body };
}

function attempt<T>(failure: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Unreadable(failure, { cause: error });
  }
}
