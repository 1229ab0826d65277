import { BlockList } from 'node:net';
import { ConfigurationError } from '../../libs/runtime/configuration';
import { networks } from './targets';

/** What is set for the notifier alone, beside libs/runtime's Configuration. Durations in milliseconds. */
export interface NotifierSettings {
  /** Consumer group; its offsets tell how far the topic has been taken over into the table of deliveries. */
  group: string;
  /** Calls before a delivery is dead. */
  maxAttempts: number;
  /** Wait after the first failure; doubles with each further one. */
  firstRetryMs: number;
  longestRetryMs: number;
  /** A webhook that has not answered by then has failed. */
  timeoutMs: number;
  /** Calls at once to one subscriber, each for another project. */
  callsPerSubscriber: number;
  /** Webhooks may be http://, whose messages anybody on the way can read. */
  allowHttp: boolean;
  /** Loopback and private addresses that webhooks may have all the same. */
  privateNetworks: BlockList;
}

/** The defaults give a receiver about half a day to come back. @throws ConfigurationError with all problems at once */
export function loadNotifierSettings(env: Record<string, string | undefined>): NotifierSettings {
  const problems: string[] = [];
  const read = <T>(variable: string, missing: string, parse: (text: string) => T | undefined, must: string): T => {
    const value = parse(env[variable]?.trim() || missing);
    if (value === undefined) problems.push(`${variable} ${must}`);
    return value as T;
  };
  const whole = (variable: string, missing: number): number =>
    read(variable, String(missing), positive, 'must be a whole number from 1 to 2147483647');
  const settings: NotifierSettings = {
    group: read('NOTIFIER_GROUP', 'luodi-notifier', (text) => text, 'must be the name of a consumer group'),
    maxAttempts: whole('NOTIFIER_MAX_ATTEMPTS', 15),
    firstRetryMs: whole('NOTIFIER_FIRST_RETRY_MS', 5_000),
    longestRetryMs: whole('NOTIFIER_LONGEST_RETRY_MS', 6 * 3_600_000),
    timeoutMs: whole('NOTIFIER_TIMEOUT_MS', 15_000),
    callsPerSubscriber: whole('NOTIFIER_CALLS_PER_SUBSCRIBER', 8),
    allowHttp: read('NOTIFIER_ALLOW_HTTP', 'false', (text) => BOOLEANS[text], 'must be true or false'),
    privateNetworks: read(
      'NOTIFIER_PRIVATE_NETWORKS',
      '',
      networks,
      'must be networks such as 10.20.0.0/16, separated by commas',
    ),
  };
  if (problems.length > 0) throw new ConfigurationError(problems);
  return settings;
}

const BOOLEANS: Record<string, boolean | undefined> = { true: true, false: false };

function positive(text: string): number | undefined {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= 2_147_483_647 ? value : undefined;
}
