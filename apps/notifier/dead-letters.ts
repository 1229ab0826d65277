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
