import { timingSafeEqual } from 'node:crypto';
import { Pool } from '../../postgres/pool';
import { Text } from '../../project/refusal';
import { Problem } from '../http/problem';
import { Caller, Credentials, Identity } from './identity';
import { findToken, hashSecret, parseToken, StoredToken } from './tokens';

/** How long a token that was good is believed without asking again: a revocation takes effect within this time. */
const BELIEVED_MS = 5_000;
const REMEMBERED = 1_000;

interface Lookup {
  token: Promise<StoredToken | undefined>;
  until: number;
}

/** Bearer tokens (RFC 6750) kept in PostgreSQL. Lookups are remembered for a few seconds, so that a request costs no query. */
export class TokenIdentity implements Identity {
  private readonly lookups = new Map<string, Lookup>();

  constructor(
    private readonly pool: Pool,
    private readonly now: () => number = Date.now,
  ) {}

  async identify({ authorization }: Credentials): Promise<Caller> {
    if (authorization === undefined) throw unauthenticated('token-missing', MISSING);
    const presented = parseToken(/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
    const token = presented && (await this.lookup(presented.id));
    if (!token || token.revokedAt !== undefined || !timingSafeEqual(token.secretHash, hashSecret(presented.secret))) {
      throw unauthenticated('token-refused', REFUSED, 'error="invalid_token"');
    }
    const { subject, name, role, unit, prefectures } = token;
    return { actor: { subject, name, role, unit }, prefectures };
  }

  private lookup(id: string): Promise<StoredToken | undefined> {
    const now = this.now();
    const known = this.lookups.get(id);
    if (known && known.until > now) return known.token;
    const token = findToken(this.pool, id);
    this.remember(id, { token, until: now + BELIEVED_MS });
    // Neither a failed lookup nor an unknown id is remembered: the first may pass, the second may be created.
    token.then(
      (found) => found ?? this.lookups.delete(id),
      () => this.lookups.delete(id),
    );
    return token;
  }

  private remember(id: string, lookup: Lookup): void {
    this.lookups.delete(id);
    this.lookups.set(id, lookup);
    const oldest = this.lookups.keys().next();
    if (this.lookups.size > REMEMBERED && !oldest.done) this.lookups.delete(oldest.value);
  }
}

const MISSING = {
  zh: '需要访问令牌：请在 Authorization 头中以 Bearer 方式提供',
  en: 'a token is needed: send it as Authorization: Bearer luodi_…',
};
const REFUSED = { zh: '访问令牌无效或已吊销', en: 'the token is unknown or has been revoked' };

function unauthenticated(code: string, text: Text, parameter?: string): Problem {
  const challenge = `Bearer realm="luodi"${parameter ? `, ${parameter}` : ''}`;
  return new Problem({ status: 401, code, text, headers: { 'www-authenticate': challenge } });
}
