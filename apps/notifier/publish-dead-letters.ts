import { Pool, PoolClient } from '../../libs/postgres/pool';
import { DeadLetterHeaders } from '../../libs/topics/dead-letters';
import { MAX_BATCH_BYTES } from '../../libs/topics/topic';
import { inTransaction } from './transaction';

/** A dead letter as it goes to the dead letter topic: the message as it came, and in headers why it is there. */
export interface DeadLetterMessage {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: DeadLetterHeaders;
}

/** How letters are written: all that are given, or an error. */
export interface DeadLetterSender {
  send(messages: readonly DeadLetterMessage[]): Promise<void>;
  /** Whether an error of it says that they are too large: together, or the one by itself. */
  isTooLarge(error: unknown): boolean;
}

/** Letters read at once, and bytes sent at once: of a batch as the topic takes it. */
const AT_ONCE = 100;
/** Of headers and framing, beside the reason. */
const OVERHEAD_BYTES = 1_024;

/**
 * Writes what no topic holds yet, the oldest first, and remembers that it did. After a crash between the two, or an error in
 * between, a letter is written twice, with the same id. Tells whether there may be more.
 */
export async function publishDeadLetters(pool: Pool, sender: DeadLetterSender): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const rows = await nextLetters(client);
    const [first] = rows;
    if (!first) return false;
    await sendInParts(rows.map(toMessage), sender);
    await client.query('UPDATE notifier.dead_letters SET published_at = now() WHERE id = ANY ($1)', [
      rows.map(({ id }) => id),
    ]);
    return first.waiting === AT_ONCE || first.waiting > rows.length;
  });
}

/** As many as one batch holds, and at least one: messages may be of many megabytes. */
async function nextLetters(client: PoolClient): Promise<LetterRow[]> {
  const { rows } = await client.query<LetterRow>(
    `WITH next AS MATERIALIZED (
       SELECT l.id, l.died_at, ${OVERHEAD_BYTES} + octet_length(l.reason)
         + coalesce(octet_length(l.message_value), octet_length(m.body), 0) AS bytes
       FROM notifier.dead_letters l
         LEFT JOIN notifier.deliveries d ON d.id = l.delivery
         LEFT JOIN notifier.messages m ON m.event_id = d.event_id
       WHERE l.published_at IS NULL ORDER BY l.died_at, l.id LIMIT ${AT_ONCE} FOR UPDATE OF l SKIP LOCKED
     ), part AS (
       SELECT id, sum(bytes) OVER oldest AS bytes, row_number() OVER oldest AS place, count(*) OVER () AS waiting
       FROM next WINDOW oldest AS (ORDER BY died_at, id)
     )
     SELECT l.id, l.attempts, l.reason, l.delivery IS NULL AS unreadable, l.message_key, l.message_value,
       l.topic || '/' || l.partition || '@' || l.kafka_offset AS place, d.project, d.subscription, m.body,
       part.waiting::integer
     FROM part JOIN notifier.dead_letters l USING (id)
       LEFT JOIN notifier.deliveries d ON d.id = l.delivery
       LEFT JOIN notifier.messages m ON m.event_id = d.event_id
     WHERE part.bytes <= ${MAX_BATCH_BYTES} OR part.place = 1 ORDER BY part.place`,
  );
  return rows;
}

/**
 * Whatever the topic takes: letters that are too large together go in halves; one that is by itself goes without its value,
 * whose length in bytes is told in a header, for it stays in the table. So none holds up those after it.
 */
export async function sendInParts(messages: readonly DeadLetterMessage[], sender: DeadLetterSender): Promise<void> {
  try {
    await sender.send(messages);
  } catch (error) {
    const [first] = messages;
    if (!first || !sender.isTooLarge(error)) throw error;
    if (messages.length > 1) {
      const half = Math.ceil(messages.length / 2);
      await sendInParts(messages.slice(0, half), sender);
      await sendInParts(messages.slice(half), sender);
    } else {
      if (first.value === null) throw error;
      const headers = { ...first.headers, 'dead-letter-omitted-bytes': String(Buffer.byteLength(first.value)) };
      await sender.send([{ ...first, value: null, headers }]);
    }
  }
}

interface LetterRow {
  id: string;
  attempts: number;
  reason: string;
  unreadable: boolean;
  message_key: Buffer | null;
  message_value: Buffer | null;
  place: string | null;
  project: string | null;
  subscription: string | null;
  body: string | null;
  /** This one and others that were waiting, {@link AT_ONCE} at most. */
  waiting: number;
}

function toMessage(row: LetterRow): DeadLetterMessage {
  const headers: DeadLetterHeaders = {
    'dead-letter-id': row.id,
    'dead-letter-reason': row.reason,
    'dead-letter-attempts': String(row.attempts),
  };
  if (row.subscription) headers['dead-letter-subscription'] = row.subscription;
  if (row.place) headers['dead-letter-place'] = row.place;
  return row.unreadable
    ? { key: row.message_key, value: row.message_value, headers }
    : { key: row.project, value: row.body, headers };
}
