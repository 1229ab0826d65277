import { readFileSync } from 'node:fs';
import { ConfigurationError } from '../runtime/configuration';
import { KAFKA_VARIABLES, KafkaConfiguration } from '../runtime/kafka-configuration';

/** How to reach a cluster, and as whom. Holds secrets: never to be logged. */
export interface KafkaAccess {
  /** `host:port` of at least one. */
  brokers: readonly string[];
  /** PEM texts; undefined where connections are not encrypted. */
  tls?: { ca?: string; cert?: string; key?: string; passphrase?: string };
  sasl?: SaslAccess;
}

export type SaslAccess =
  | { mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; username: string; password: string }
  | { mechanism: 'OAUTHBEARER'; tokenUrl: string; clientId: string; clientSecret: string; scope?: string };

/** As configured; reads the PEM files. @throws ConfigurationError when KAFKA_BROKERS is missing or a file cannot be read */
export function kafkaAccessOf(configuration: KafkaConfiguration): KafkaAccess {
  const { kafkaBrokers: brokers } = configuration;
  if (!brokers) {
    throw new ConfigurationError(['KAFKA_BROKERS is missing: it must be brokers such as kafka-1:9092,kafka-2:9092']);
  }
  return { brokers, tls: tlsOf(configuration), sasl: saslOf(configuration) };
}

function tlsOf(configuration: KafkaConfiguration): KafkaAccess['tls'] {
  if (!configuration.kafkaTls) return undefined;
  const read = (field: 'kafkaTlsCa' | 'kafkaTlsCert' | 'kafkaTlsKey'): string | undefined => {
    const path = configuration[field];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      const { code = 'error' } = error as NodeJS.ErrnoException;
      throw new ConfigurationError([`${KAFKA_VARIABLES[field]}: ${path} cannot be read (${code})`]);
    }
  };
  const passphrase = configuration.kafkaTlsKeyPassword;
  return { ca: read('kafkaTlsCa'), cert: read('kafkaTlsCert'), key: read('kafkaTlsKey'), passphrase };
}

/** What belongs to the mechanism is there, for the configuration has been validated. */
function saslOf(configuration: KafkaConfiguration): SaslAccess | undefined {
  const {
    kafkaSaslMechanism: mechanism,
    kafkaSaslUsername: username = '',
    kafkaSaslPassword: password = '',
  } = configuration;
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'OAUTHBEARER') return { mechanism, username, password };
  const {
    kafkaSaslTokenUrl: tokenUrl = '',
    kafkaSaslClientId: clientId = '',
    kafkaSaslClientSecret: clientSecret = '',
  } = configuration;
  return { mechanism, tokenUrl, clientId, clientSecret, scope: configuration.kafkaSaslScope };
}
