import { Pool, PoolClient } from '../../libs/postgres/pool';
import { addDeliveries } from './inbox';
import { Notice, readNotice, Unreadable } from './notice';
import { inTransaction } from './transaction';

/** What was given up, as it can be shown. Instants are ISO 8601. */
export interface DeadLetter {
  id: string;
  /** Id of the event; null for a message that cannot be read. */
  eventId: string | null;
  type: string | null;
  project: string | null;
  /** Name of the subscription; null for a message that cannot be read, which is nobody's yet. */
  subscription: string | null;
  /** Where an unreadable message stands: `topic/partition@offset`. */
  place: string | null;
  attempts: number;
  reason: string;
  diedAt: string;
}

/** All that are dead, the oldest first. */
export async function listDeadLetters(pool: Pool): Promise<DeadLetter[]> {
  const { rows } = await pool.query<Omit<DeadLetter, 'diedAt'> & { diedAt: Date }>(
    `SELECT l.id, d.event_id AS "eventId", m.type, d.project, s.name AS subscription,
       l.topic || '/' || l.partition || '@' || l.kafka_offset AS place, l.attempts, l.reason, l.died_at AS "diedAt"
     FROM notifier.dead_letters l
       LEFT JOIN notifier.deliveries d ON d.id = l.delivery
       LEFT JOIN notifier.subscriptions s ON s.id = d.subscription
       LEFT JOIN notifier.messages m ON m.event_id = d.event_id
     WHERE l.retried_at IS NULL ORDER BY l.died_at, l.id`,
  );
  return rows.map((row) => ({ ...row, diedAt: row.diedAt.toISOString() }));
}

/** How many are dead. */
export async function countDeadLetters(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(
    'SELECT count(*) FROM notifier.dead_letters WHERE retried_at IS NULL',
  );
  return Number(rows[0]?.count);
}

/**
 * Puts dead letters back to work: all, or the one with this id. Deliveries are due at once with all their attempts, before
 * the later events of their project that are still pending. A message that cannot be read even now stays dead.
 */
export async function retryDeadLetters(pool: Pool, id?: string): Promise<{ retried: number; unreadable: number }> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<DeadRow>(
      `SELECT id, delivery, message_value AS value FROM notifier.dead_letters
       WHERE retried_at IS NULL AND ($1::text IS NULL OR id::text = $1) FOR UPDATE`,
      [id ?? null],
    );
    const readable = await reread(client, rows);
    const retried = [...rows.filter(({ delivery }) => delivery !== null), ...readable];
    await client.query(
      `UPDATE notifier.deliveries SET state = 'pending', attempts = 0, due_at = now()
       WHERE id = ANY ($1) AND state = 'dead'`,
      [retried.flatMap(({ delivery }) => delivery ?? [])],
    );
    await client.query('UPDATE notifier.dead_letters SET retried_at = now() WHERE id = ANY ($1)', [
      retried.map((row) => row.id),
    ]);
    return { retried: retried.length, unreadable: rows.length - retried.length };
  });
}

interface DeadRow {
  id: string;
  delivery: string | null;
  value: Buffer | null;
}

/** Those messages that can be read by now, with deliveries made of them. */
async function reread(client: PoolClient, rows: readonly DeadRow[]): Promise<DeadRow[]> {
  const readable: DeadRow[] = [];
  const notices: Notice[] = [];
  for (const row of rows.filter(({ delivery }) => delivery === null)) {
    try {
      notices.push(readNotice(row));
      readable.push(row);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
    }
  }
  await addDeliveries(client, notices);
  return readable;
}

/** A dead letter as it goes to the dead letter topic: the message as it came, and in headers why it is there. */
export interface DeadLetterMessage {
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Record<string, string>;
}

const AT_ONCE = 100;

/**
 * Writes what no topic holds yet with `send`, and remembers that it did. After a crash between the two, a letter is
 * written twice, with the same id. Tells whether there may be more.
 */
export async function publishDeadLetters(
  pool: Pool,
  send: (messages: DeadLetterMessage[]) => Promise<void>,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<LetterRow>(
      `SELECT l.id, l.attempts, l.reason, l.delivery IS NULL AS unreadable, l.message_key, l.message_value,
         l.topic || '/' || l.partition || '@' || l.kafka_offset AS place, d.project, d.subscription, m.body
       FROM notifier.dead_letters l
         LEFT JOIN notifier.deliveries d ON d.id = l.delivery
         LEFT JOIN notifier.messages m ON m.event_id = d.event_id
       WHERE l.published_at IS NULL ORDER BY l.died_at, l.id LIMIT ${AT_ONCE} FOR UPDATE OF l SKIP LOCKED`,
    );
    if (rows.length === 0) return false;
    await send(rows.map(toMessage));
    await client.query('UPDATE notifier.dead_letters SET published_at = now() WHERE id = ANY ($1)', [
      rows.map(({ id }) => id),
    ]);
    return rows.length === AT_ONCE;
  });
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
}

function toMessage(row: LetterRow): DeadLetterMessage {
  const headers: Record<string, string> = {
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
