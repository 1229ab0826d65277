import { isDeepStrictEqual } from 'node:util';
import { succeeds } from './compatibility';
import { AsyncApi } from './published';

/**
 * What readers of the topics would notice, beside the schemas: a topic that is gone or is at another address, a message that is
 * told elsewhere, another key (by its words, which are all that say what it is), events that are no longer kept.
 */
export function channelDifferences(published: AsyncApi, current: AsyncApi): string[] {
  const channels = Object.entries(published.channels).flatMap(([name, channel]) => {
    const now = current.channels[name];
    if (!now) return [`${name}: removed`];
    const lost = Object.keys(channel.messages).filter((type) => !isTold(type, Object.keys(now.messages)));
    return [
      ...lost.map((type) => `${name}: no longer tells ${type}`),
      ...difference(`${name}: address`, channel.address, now.address),
      ...difference(`${name}: cleanup.policy`, policyOf(channel), policyOf(now)),
    ];
  });
  const messages = Object.entries(published.components.messages).flatMap(([type, { bindings }]) => {
    const now = current.components.messages[type];
    return now ? difference(`${type}: key`, bindings.kafka.key, now.bindings.kafka.key) : [];
  });
  return [...channels, ...messages];
}

function isTold(type: string, types: readonly string[]): boolean {
  return types.some((other) => other === type || succeeds(other, type));
}

function policyOf({ bindings }: AsyncApi['channels'][string]): unknown {
  return bindings.kafka.topicConfiguration['cleanup.policy'];
}

function difference(what: string, before: unknown, now: unknown): string[] {
  return isDeepStrictEqual(before, now) ? [] : [`${what} was ${JSON.stringify(before)}, is ${JSON.stringify(now)}`];
}
