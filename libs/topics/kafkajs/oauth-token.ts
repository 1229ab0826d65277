import { SaslAccess } from '../kafka-access';

type ClientCredentials = Extract<SaslAccess, { mechanism: 'OAUTHBEARER' }>;

/** A token is renewed so long before it ends. */
const MARGIN_MS = 60_000;
const TIMEOUT_MS = 10_000;

/**
 * Gets access tokens by the client credentials grant (OAuth 2.0, RFC 6749, section 4.4) and keeps each until shortly
 * before it ends. The returned function throws an Error, without any secret, when there is none to be had.
 */
export function oauthTokens(access: ClientCredentials): () => Promise<{ value: string }> {
  let kept: { value: string; until: number } | undefined;
  return async () => {
    if (!kept || Date.now() > kept.until) kept = await requestToken(access);
    return { value: kept.value };
  };
}

async function requestToken({ tokenUrl, clientId, clientSecret, scope }: ClientCredentials) {
  // Both are form-encoded first: section 2.3.1.
  const credentials = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
  const response = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}`, accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: Error) => {
    throw new Error(`no access token from ${tokenUrl}: ${reasonOf(error)}`);
  });
  const answer = (await response.json().catch(() => ({}))) as {
    access_token?: unknown;
    expires_in?: unknown;
    error?: unknown;
  };
  if (!response.ok || typeof answer.access_token !== 'string') {
    const code = typeof answer.error === 'string' ? `, ${answer.error}` : '';
    throw new Error(`no access token from ${tokenUrl}: it answered ${response.status}${code}`);
  }
  const seconds = typeof answer.expires_in === 'number' ? answer.expires_in : 0;
  return { value: answer.access_token, until: Date.now() + seconds * 1_000 - MARGIN_MS };
}

/** `fetch` says why only in the cause. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message;
}
