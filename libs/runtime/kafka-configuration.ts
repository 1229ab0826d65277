import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsUrl,
  Matches,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
} from 'class-validator';

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

/** How Kafka is reached, who we are to it, and how our topics are made. The part of the configuration that is about Kafka. */
export class KafkaConfiguration {
  /** Of the cluster, to learn the others from. Without it nothing is published. */
  @IsOptional()
  @Matches(/^(\[[\da-f:.]+\]|[^\s:,@/[\]]+):\d{1,5}$/i, {
    each: true,
    message: 'must be brokers such as kafka-1:9092,kafka-2:9092',
  })
  kafkaBrokers?: string[];

  @IsBoolean({ message: 'must be true or false' })
  kafkaTls: boolean = false;

  /** Paths of PEM files: who may sign the brokers' certificates (default: Node's own list), and who we are. */
  @NeedsTls()
  kafkaTlsCa?: string;

  @ValidateIf(({ kafkaTlsCert, kafkaTlsKey }: KafkaConfiguration) => Boolean(kafkaTlsCert ?? kafkaTlsKey))
  @NeedsTls()
  @IsNotEmpty({ message: 'must be the path of a PEM file, as KAFKA_TLS_KEY is set' })
  kafkaTlsCert?: string;

  @ValidateIf(({ kafkaTlsCert, kafkaTlsKey }: KafkaConfiguration) => Boolean(kafkaTlsCert ?? kafkaTlsKey))
  @NeedsTls()
  @IsNotEmpty({ message: 'must be the path of a PEM file, as KAFKA_TLS_CERT is set' })
  kafkaTlsKey?: string;

  @NeedsTls()
  kafkaTlsKeyPassword?: string;

  /** Credentials without it would be for nothing, unnoticed. */
  @ValidateIf(namesSomebody)
  @IsIn(SASL_MECHANISMS, { message: `must be one of ${SASL_MECHANISMS.join(', ')}` })
  kafkaSaslMechanism?: SaslMechanism;

  @ValidateIf(hasPassword)
  @IsNotEmpty({ message: 'must be given for this KAFKA_SASL_MECHANISM' })
  kafkaSaslUsername?: string;

  @ValidateIf(hasPassword)
  @IsNotEmpty({ message: 'must be given for this KAFKA_SASL_MECHANISM' })
  kafkaSaslPassword?: string;

  /** OAUTHBEARER: where an access token is got for a client id and secret (OAuth 2.0 client credentials grant). */
  @ValidateIf(hasToken)
  @IsUrl(
    { require_tld: false, protocols: ['http', 'https'], require_protocol: true },
    { message: 'must be an address' },
  )
  kafkaSaslTokenUrl?: string;

  @ValidateIf(hasToken)
  @IsNotEmpty({ message: 'must be given for KAFKA_SASL_MECHANISM=OAUTHBEARER' })
  kafkaSaslClientId?: string;

  @ValidateIf(hasToken)
  @IsNotEmpty({ message: 'must be given for KAFKA_SASL_MECHANISM=OAUTHBEARER' })
  kafkaSaslClientSecret?: string;

  @IsOptional()
  kafkaSaslScope?: string;

  /** Of the topics of projects, when they are made. Keys move when it changes later. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be between 1 and 10000' })
  @Max(10_000, { message: 'must be between 1 and 10000' })
  kafkaPartitions?: number;

  /** Of all topics, when they are made. Default: three, or as many as there are brokers. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be between 1 and 100' })
  @Max(100, { message: 'must be between 1 and 100' })
  kafkaReplicationFactor?: number;

  /** How long events stay in their topics. Default: for ever. States and positions always stay. */
  @IsOptional()
  @IsInt({ message: 'must be a whole number' })
  @Min(1, { message: 'must be between 1 and 100000' })
  @Max(100_000, { message: 'must be between 1 and 100000' })
  kafkaRetentionDays?: number;

  /** One relay of a name works at a time; its position is kept under the name. */
  @Matches(/^[\w.-]{1,100}$/, { message: 'must be at most 100 letters, digits, dots, hyphens and underscores' })
  relayName: string = 'relay';
}

export const KAFKA_VARIABLES: Record<keyof KafkaConfiguration, string> = {
  kafkaBrokers: 'KAFKA_BROKERS',
  kafkaTls: 'KAFKA_TLS',
  kafkaTlsCa: 'KAFKA_TLS_CA',
  kafkaTlsCert: 'KAFKA_TLS_CERT',
  kafkaTlsKey: 'KAFKA_TLS_KEY',
  kafkaTlsKeyPassword: 'KAFKA_TLS_KEY_PASSWORD',
  kafkaSaslMechanism: 'KAFKA_SASL_MECHANISM',
  kafkaSaslUsername: 'KAFKA_SASL_USERNAME',
  kafkaSaslPassword: 'KAFKA_SASL_PASSWORD',
  kafkaSaslTokenUrl: 'KAFKA_SASL_TOKEN_URL',
  kafkaSaslClientId: 'KAFKA_SASL_CLIENT_ID',
  kafkaSaslClientSecret: 'KAFKA_SASL_CLIENT_SECRET',
  kafkaSaslScope: 'KAFKA_SASL_SCOPE',
  kafkaPartitions: 'KAFKA_PARTITIONS',
  kafkaReplicationFactor: 'KAFKA_REPLICATION_FACTOR',
  kafkaRetentionDays: 'KAFKA_RETENTION_DAYS',
  relayName: 'RELAY_NAME',
};

/** What is wrong with a configuration that works all the same; for the log, without any secret. */
export function warningsOf({ kafkaBrokers, kafkaTls, kafkaSaslMechanism }: KafkaConfiguration): string[] {
  const isReadable = kafkaSaslMechanism === 'PLAIN' || kafkaSaslMechanism === 'OAUTHBEARER';
  if (!kafkaBrokers || kafkaTls || !isReadable) return [];
  return [
    `KAFKA_SASL_MECHANISM=${kafkaSaslMechanism} without KAFKA_TLS=true: whoever is on the way to the brokers can read the secret`,
  ];
}

/** Of no effect without encryption, which whoever sets it believes to have. */
function NeedsTls(): PropertyDecorator {
  const validate = (value: unknown, args?: ValidationArguments): boolean =>
    value === undefined || (args?.object as KafkaConfiguration).kafkaTls !== false;
  const message = 'needs KAFKA_TLS=true: without it nothing is encrypted';
  return ValidateBy({ name: 'needsTls', validator: { validate } }, { message });
}

/** Whether anything is said about who we are. */
function namesSomebody(configuration: KafkaConfiguration): boolean {
  return Object.entries(configuration).some(([field, value]) => field.startsWith('kafkaSasl') && value !== undefined);
}

function hasPassword({ kafkaSaslMechanism }: KafkaConfiguration): boolean {
  return kafkaSaslMechanism !== undefined && kafkaSaslMechanism !== 'OAUTHBEARER';
}

function hasToken({ kafkaSaslMechanism }: KafkaConfiguration): boolean {
  return kafkaSaslMechanism === 'OAUTHBEARER';
}
