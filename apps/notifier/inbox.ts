import { Pool, PoolClient } from '../../libs/postgres/pool';
import type { ReceivedMessage } from './batch-server';
import { Notice, readNotice, Unreadable } from './notice';
import { inTransaction } from './transaction';

/**
 * Takes messages over: a delivery for every subscriber that wants one, all in one transaction. When this resolves, the
 * offsets may be committed. The same messages may come again (they do after a crash): what is there already stays as it
 * is. What cannot be read becomes a dead letter, so that what comes after it is not held up.
 */
export async function takeOver(pool: Pool, messages: readonly ReceivedMessage[]): Promise<{ unreadable: number }> {
  const notices: Notice[] = [];
  const unreadable: { message: ReceivedMessage; reason: string }[] = [];
  for (const message of messages) {
    try {
      notices.push(readNotice(message));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      unreadable.push({ message, reason: error.message });
    }
  }
  await inTransaction(pool, async (client) => {
    await addDeliveries(client, notices);
    await putAside(client, unreadable);
  });
  return { unreadable: unreadable.length };
}

/**
 * By how much the clock of who records events may be behind that of PostgreSQL, by which subscriptions are made. What was
 * recorded so long before a subscription may come to it as well.
 */
const CLOCKS_APART = '5 minutes';

/** Set-wise: which subscriber wants which event is a join. Events are recorded in milliseconds, which is how times compare. */
export async function addDeliveries(client: PoolClient, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await client.query(
    `WITH wanted AS (
       SELECT n.*, s.id AS subscription
       FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[], $8::text[])
         AS n(event_id, type, project, revision, programme, prefecture, written_at, body)
       JOIN notifier.subscriptions s ON n.written_at >= date_trunc('milliseconds', s.created_at) - interval '${CLOCKS_APART}'
         AND (s.programmes = '{}' OR n.programme = ANY (s.programmes))
         AND (s.prefectures = '{}' OR n.prefecture = ANY (s.prefectures))
         AND (s.event_types = '{}' OR n.type = ANY (s.event_types))
     ), kept AS (
       INSERT INTO notifier.messages (event_id, type, body)
       SELECT DISTINCT ON (event_id) event_id, type, body FROM wanted ORDER BY event_id
       ON CONFLICT DO NOTHING
     )
     INSERT INTO notifier.deliveries (subscription, event_id, project, revision)
     SELECT subscription, event_id, project, revision FROM wanted ORDER BY subscription, project, revision
     ON CONFLICT DO NOTHING`,
    [
      notices.map(({ eventId }) => eventId),
      notices.map(({ type }) => type),
      notices.map(({ project }) => project),
      notices.map(({ revision }) => revision),
      notices.map(({ programme }) => programme),
      notices.map(({ prefecture }) => prefecture),
      notices.map(({ writtenAt }) => writtenAt),
      notices.map(({ body }) => body),
    ],
  );
}

async function putAside(
  client: PoolClient,
  unreadable: readonly { message: ReceivedMessage; reason: string }[],
): Promise<void> {
  for (const { message, reason } of unreadable) {
    const { topic, partition, offset, key, value } = message;
    await client.query(
      `INSERT INTO notifier.dead_letters (topic, partition, kafka_offset, message_key, message_value, attempts, reason)
       VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT DO NOTHING`,
      [topic, partition, offset, key, value, reason],
    );
  }
}
