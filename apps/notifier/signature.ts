import { createHmac, randomBytes } from 'node:crypto';

// Standard Webhooks 1.0.0, https://www.standardwebhooks.com: receivers have ready-made libraries that verify this.

const PREFIX = 'whsec_';

/** A new key for the signatures of one subscription: `whsec_` and 32 random bytes in base64. */
export function newSecret(): string {
  return PREFIX + randomBytes(32).toString('base64');
}

export interface SignedHeaders {
  'webhook-id': string;
  /** Of this attempt, in seconds since 1970: receivers refuse what is minutes old, so that nobody can replay it. */
  'webhook-timestamp': string;
  'webhook-signature': string;
}

/** What proves who sent `body`, when, and that it is whole: HMAC-SHA256 over `id.timestamp.body`. */
export function signedHeaders(secret: string, { id, body, at }: { id: string; body: string; at: Date }): SignedHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
