import { Pool } from '../../libs/postgres/pool';

/** One event on its way to one subscriber, claimed for one call. */
export interface Delivery {
  id: string;
  subscription: string;
  eventId: string;
  url: string;
  secret: string;
  body: string;
  /** This call included. */
  attempts: number;
}

/**
 * Claims what is due, `perSubscriber` calls at once for each subscriber less those `running` (by subscription), so that a
 * slow one holds up nobody else. Of a project, only the earliest pending event: a later one waits until that is delivered
 * or dead. A claim lasts `claimMs`; after that somebody else takes it to be lost with its process.
 */
export async function claimDue(
  pool: Pool,
  { perSubscriber, running, claimMs }: { perSubscriber: number; running: Record<string, number>; claimMs: number },
): Promise<Delivery[]> {
  // MATERIALIZED, for a subquery with a limit and a lock may be run more than once. Two notifiers skip each other's locks.
  // min(), not NOT EXISTS: that becomes a join of all pending deliveries, while this looks at one index entry for each.
  const { rows } = await pool.query<Delivery>(
    `WITH due AS MATERIALIZED (
       SELECT first.id FROM notifier.subscriptions s CROSS JOIN LATERAL (
         SELECT d.id FROM notifier.deliveries d
         WHERE d.subscription = s.id AND d.state = 'pending' AND d.due_at <= now() AND d.revision = (
           SELECT min(e.revision) FROM notifier.deliveries e
           WHERE e.subscription = d.subscription AND e.project = d.project AND e.state = 'pending')
         ORDER BY d.due_at, d.id
         LIMIT greatest(0, $1 - coalesce(($2::jsonb ->> s.id::text)::integer, 0))
         FOR UPDATE SKIP LOCKED
       ) first
     )
     UPDATE notifier.deliveries d SET attempts = d.attempts + 1, due_at = now() + $3 * interval '1 ms'
     FROM due, notifier.subscriptions s, notifier.messages m
     WHERE d.id = due.id AND s.id = d.subscription AND m.event_id = d.event_id
     RETURNING d.id, d.subscription, d.event_id AS "eventId", s.url, s.secret, m.body, d.attempts`,
    [perSubscriber, JSON.stringify(running), claimMs],
  );
  return rows;
}

export async function markDelivered(pool: Pool, { id }: Delivery): Promise<void> {
  await pool.query(
    `UPDATE notifier.deliveries SET state = 'delivered', delivered_at = now(), last_error = NULL WHERE id = $1`,
    [id],
  );
}

/**
 * Due again after `delayMs`, and with it the later events of its project: they wait for it, and whoever looks for what is due
 * need not look at them. Unless the claim was lost, for then somebody else has it in hand.
 */
export async function markFailed(pool: Pool, { id, attempts }: Delivery, reason: string, delayMs: number) {
  await pool.query(
    `WITH failed AS (
       UPDATE notifier.deliveries SET due_at = now() + $4 * interval '1 ms', last_error = $3
       WHERE id = $1 AND attempts = $2 AND state = 'pending' RETURNING subscription, project, revision, due_at
     )
     UPDATE notifier.deliveries later SET due_at = failed.due_at FROM failed
     WHERE later.subscription = failed.subscription AND later.project = failed.project AND later.state = 'pending'
       AND later.revision > failed.revision`,
    [id, attempts, reason, delayMs],
  );
}

/** Given up: a dead letter, in one statement with it. The project's later events go on. */
export async function markDead(pool: Pool, { id, attempts }: Delivery, reason: string): Promise<void> {
  await pool.query(
    `WITH dead AS (
       UPDATE notifier.deliveries SET state = 'dead', last_error = $3
       WHERE id = $1 AND attempts = $2 AND state = 'pending' RETURNING id, attempts
     )
     INSERT INTO notifier.dead_letters (delivery, attempts, reason) SELECT id, attempts, $3 FROM dead`,
    [id, attempts, reason],
  );
}

export async function countPending(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(
    `SELECT count(*) FROM notifier.deliveries WHERE state = 'pending'`,
  );
  return Number(rows[0]?.count);
}
