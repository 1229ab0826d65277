import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Role } from '../../audit/hash-chain';
import { migrate } from '../../postgres/migrate';
import { Pool } from '../../postgres/pool';

export const ROLES = ['clerk', 'supervisor', 'administrator', 'service'] as const satisfies readonly Role[];

export interface NewToken {
  subject: string;
  name: string;
  unit: string;
  role: Role;
  /** Codes of the regions a clerk writes for; at least one for a clerk, none for the other roles. */
  prefectures: readonly string[];
}

/** A token as it can be shown: without its secret. Instants are ISO 8601. */
export interface TokenRecord extends NewToken {
  id: string;
  createdAt: string;
  revokedAt?: string;
}

export interface StoredToken extends TokenRecord {
  secretHash: Buffer;
}

/** What is asked of a new token cannot be. */
export class InvalidToken extends Error {
  override readonly name = 'InvalidToken';
}

const TOKEN = /^luodi_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** `luodi_<id>_<secret>` in its parts; undefined for whatever is no token. */
export function parseToken(text: string): { id: string; secret: string } | undefined {
  const match = TOKEN.exec(text);
  return match?.[1] && match[2] ? { id: match[1], secret: match[2] } : undefined;
}

/** SHA-256 is enough: the secret is 256 random bits, which no dictionary holds. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Creates or updates the schema `identity`. */
export async function migrateIdentity(url: string): Promise<void> {
  await migrate(url, 'identity', join(__dirname, 'migrations'));
}

/** Makes a token. The text is returned once and kept nowhere. @throws InvalidToken */
export async function createToken(pool: Pool, wanted: NewToken): Promise<{ id: string; token: string }> {
  check(wanted);
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  await pool.query(
    `INSERT INTO identity.tokens (id, secret_hash, subject, name, unit, role, prefectures)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, hashSecret(secret), wanted.subject, wanted.name, wanted.unit, wanted.role, [...new Set(wanted.prefectures)]],
  );
  return { id, token: `luodi_${id}_${secret}` };
}

function check(wanted: NewToken): void {
  for (const field of ['subject', 'name', 'unit'] as const) {
    if (wanted[field].trim() === '') throw new InvalidToken(`a token needs a ${field}`);
  }
  if (!ROLES.includes(wanted.role)) throw new InvalidToken(`the role must be one of ${ROLES.join(', ')}`);
  const isClerk = wanted.role === 'clerk';
  if (isClerk && wanted.prefectures.length === 0) throw new InvalidToken('a clerk needs at least one prefecture');
  if (!isClerk && wanted.prefectures.length > 0) throw new InvalidToken('only a clerk has prefectures');
}

/** All tokens, the newest first, revoked ones among them. */
export async function listTokens(pool: Pool): Promise<TokenRecord[]> {
  const { rows } = await pool.query<TokenRow>(`${SELECT} ORDER BY created_at DESC, id`);
  return rows.map((row) => {
    const { secretHash: _secretHash, ...shown } = toToken(row);
    return shown;
  });
}

/** From now on the token is refused (by running processes within five seconds, by answers that go on a second later). False when there is no such good token. */
export async function revokeToken(pool: Pool, id: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    'UPDATE identity.tokens SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
    [id],
  );
  return rowCount === 1;
}

/** One token, revoked or not. */
export async function findToken(pool: Pool, id: string): Promise<StoredToken | undefined> {
  const { rows } = await pool.query<TokenRow>(`${SELECT} WHERE id = $1`, [id]);
  return rows[0] && toToken(rows[0]);
}

const SELECT = `SELECT id, secret_hash, subject, name, unit, role, prefectures, created_at, revoked_at FROM identity.tokens`;

interface TokenRow {
  id: string;
  secret_hash: Buffer;
  subject: string;
  name: string;
  unit: string;
  role: Role;
  prefectures: string[];
  created_at: Date;
  revoked_at: Date | null;
}

function toToken(row: TokenRow): StoredToken {
  const { id, subject, name, unit, role, prefectures } = row;
  const createdAt = row.created_at.toISOString();
  const revokedAt = row.revoked_at?.toISOString();
  return {
    id,
    subject,
    name,
    unit,
    role,
    prefectures,
    createdAt,
    secretHash: row.secret_hash,
    ...(revokedAt && { revokedAt }),
  };
}
