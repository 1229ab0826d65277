import { randomUUID } from 'node:crypto';
import { Pool } from '../../libs/postgres/pool';
import { newSecret } from './signature';

/** Which events a webhook is called with. An empty list takes all. */
export interface Filter {
  programmes: string[];
  prefectures: string[];
  eventTypes: string[];
}

export interface NewSubscription extends Filter {
  name: string;
  url: string;
}

/** A subscription as it can be shown: without its secret. */
export interface Subscription extends NewSubscription {
  id: string;
  createdBy: string;
  /** ISO 8601; events that were recorded before are not delivered, but for minutes by which clocks may differ. */
  createdAt: string;
  pending: number;
  dead: number;
}

/** Adds a webhook. The secret is returned once. */
export async function createSubscription(
  pool: Pool,
  wanted: NewSubscription,
  createdBy: string,
): Promise<Subscription & { secret: string }> {
  const secret = newSecret();
  const { name, url, programmes, prefectures, eventTypes } = wanted;
  const { rows } = await pool.query<{ id: string; createdAt: Date }>(
    `INSERT INTO notifier.subscriptions (id, name, url, secret, programmes, prefectures, event_types, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id, created_at AS "createdAt"`,
    [randomUUID(), name, url, secret, programmes, prefectures, eventTypes, createdBy],
  );
  const { id, createdAt } = rows[0] as { id: string; createdAt: Date };
  return { id, ...wanted, createdBy, createdAt: createdAt.toISOString(), pending: 0, dead: 0, secret };
}

/** All subscriptions in the order they were made, or the one with this id. */
export async function listSubscriptions(pool: Pool, id?: string): Promise<Subscription[]> {
  const { rows } = await pool.query<Omit<Subscription, 'createdAt'> & { createdAt: Date }>(
    `SELECT s.id, s.name, s.url, s.programmes, s.prefectures, s.event_types AS "eventTypes",
       s.created_by AS "createdBy", s.created_at AS "createdAt",
       count(*) FILTER (WHERE d.state = 'pending')::integer AS pending,
       count(*) FILTER (WHERE d.state = 'dead')::integer AS dead
     FROM notifier.subscriptions s LEFT JOIN notifier.deliveries d ON d.subscription = s.id AND d.state <> 'delivered'
     WHERE $1::text IS NULL OR s.id::text = $1
     GROUP BY s.id ORDER BY s.created_at, s.id`,
    [id ?? null],
  );
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
}

/** Ends a subscription, with what is still to be delivered and its dead letters. False when there is none. */
export async function deleteSubscription(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query('DELETE FROM notifier.subscriptions WHERE id::text = $1', [id]);
  return rowCount === 1;
}
