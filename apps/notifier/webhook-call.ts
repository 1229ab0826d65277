import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { signedHeaders } from './signature';
import { guardedLookup, TargetRefused, TargetRules, targetProblem } from './targets';

export interface WebhookCall {
  url: string;
  secret: string;
  /** The same for every attempt: by it the receiver knows what it has already seen. */
  eventId: string;
  body: string;
}

/** The webhook has not taken the event; the message says why, without any secret. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

/**
 * Posts an event. Resolves when the receiver has answered 2xx: what it answers beside that is not read, and redirects are
 * not followed, for they could lead anywhere. @throws CallFailed
 */
export async function callWebhook(call: WebhookCall, rules: TargetRules & { timeoutMs: number }): Promise<void> {
  try {
    const status = await post(call, rules);
    if (status < 200 || status > 299) throw new CallFailed(`answered ${status}`);
  } catch (error) {
    if (error instanceof CallFailed) throw error;
    throw new CallFailed(explain(error, rules.timeoutMs), { cause: error });
  }
}

function post({ url, secret, eventId, body }: WebhookCall, rules: TargetRules & { timeoutMs: number }) {
  // Again at each call: what was allowed when the subscription was made may not be any more.
  const problem = targetProblem(url, rules);
  if (problem) throw new TargetRefused(problem.en);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = request(url, {
    method: 'POST',
    // A connection for each call: a kept one may be closed by the other side just when the next call is sent on it.
    agent: false,
    lookup: guardedLookup(rules),
    signal: AbortSignal.timeout(rules.timeoutMs),
    headers: {
      ...signedHeaders(secret, { id: eventId, body, at: new Date() }),
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'luodi-notifier',
    },
  });
  sent.once('error', reject);
  sent.once('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  // Another protocol is no answer to an event: 101 comes with the connection, which is then ours to end.
  sent.once('upgrade', (response, socket) => {
    resolve(response.statusCode ?? 0);
    socket.destroy();
  });
  // Whatever else may end a call: who waits for it must be told.
  sent.once('close', () => reject(new Error('the connection was closed without an answer')));
  sent.end(body);
  return promise;
}

function explain(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ABORT_ERR') return `no answer within ${timeoutMs} ms`;
  return error.message || (code ?? error.name);
}
