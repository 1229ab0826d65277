import { connect, Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Kafka as Client, KafkaConfig, LogEntry, logLevel, SASLOptions } from 'kafkajs';
import { KafkaAccess, SaslAccess } from '../kafka-access';
import { ignoreNegativeTimers } from './negative-timers';
import { oauthTokens } from './oauth-token';

/** Where the client's own messages go. */
export type KafkaLog = (level: 'info' | 'debug', message: string, fields: Record<string, unknown>) => void;

const SETTINGS = {
  clientId: 'luodi',
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 5 },
} satisfies Partial<KafkaConfig>;

ignoreNegativeTimers();

/** A kafkajs client, and the means to be rid of it. One for each producer, so that one can be thrown away whole. */
export interface OpenClient {
  kafka: Client;
  /** Ends all its connections, and with an error whatever still waits for an answer on one. */
  destroy(): void;
}

export function openClient(access: KafkaAccess, log: KafkaLog, onDestroy: () => void): OpenClient {
  const sockets = new Set<Socket>();
  let isDestroyed = false;
  const kafka = new Client({
    ...clientOptions(access, (...line) => {
      // That connections end is what was asked for.
      if (!isDestroyed) log(...line);
    }),
    socketFactory: (options) => {
      const socket = openSocket(options);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (isDestroyed) socket.destroy(new Error('the client is closed'));
      return socket;
    },
  });
  const destroy = (): void => {
    isDestroyed = true;
    onDestroy();
    // With an error, for kafkajs does not see a socket that just closes, and would wait for ever.
    for (const socket of sockets) socket.destroy(new Error('the client is closed'));
  };
  return { kafka, destroy };
}

/** What kafkajs is configured with; also for clients of kafkajs that others make, such as Nest's Kafka transport. */
export function clientOptions({ brokers, tls, sasl }: KafkaAccess, log: KafkaLog): KafkaConfig {
  return {
    ...SETTINGS,
    brokers: [...brokers],
    ssl: tls,
    sasl: sasl && saslOptions(sasl),
    logLevel: logLevel.INFO,
    logCreator: () => (entry) => write(entry, log),
  };
}

function saslOptions(sasl: SaslAccess): SASLOptions {
  if (sasl.mechanism === 'OAUTHBEARER') return { mechanism: 'oauthbearer', oauthBearerProvider: oauthTokens(sasl) };
  const { username, password } = sasl;
  return { mechanism: sasl.mechanism.toLowerCase() as 'plain', username, password };
}

type SocketOptions = Parameters<NonNullable<KafkaConfig['socketFactory']>>[0];

/** As kafkajs' own, but small requests do not wait for company. */
function openSocket({ host, port, ssl, onConnect }: SocketOptions): Socket {
  const isName = !/^[\d.]+$|:/.test(host);
  const socket = ssl
    ? connectTls({ host, port, ...(isName && { servername: host }), ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, 60_000).setNoDelay(true);
}

/** Fields that are worth a log. Named one by one, for others hold whole requests and answers, in which secrets may stand. */
const FIELDS = ['broker', 'clientId', 'groupId', 'error', 'retryCount', 'topic', 'partition'] as const;

/** Its errors are but attempts: what failed in the end is thrown, and told by whoever catches it. */
const LEVELS: Record<number, 'info' | 'debug'> = { [logLevel.ERROR]: 'info', [logLevel.WARN]: 'info' };

function write({ level, namespace, log: entry }: LogEntry, log: KafkaLog): void {
  const fields = Object.fromEntries(FIELDS.flatMap((name) => (name in entry ? [[name, entry[name] as unknown]] : [])));
  const message = `${namespace}: ${String(entry.message)}`;
  const isExpected = EXPECTED.test(`${message} ${String(entry.error)}`);
  log(isExpected ? 'debug' : (LEVELS[level] ?? 'debug'), message, fields);
}

/** Just after a commit the next transaction must wait until the broker has finished: it asks again, and is let in. */
const EXPECTED = /concurrent operation on the same transaction/;
