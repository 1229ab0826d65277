import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, Matches, Max, Min, ValidateIf, validateSync } from 'class-validator';
import { KAFKA_VARIABLES, KafkaConfiguration } from './kafka-configuration';

export const EVENT_STORES = ['postgres', 'eventstoredb'] as const;
export const PROJECTOR_SOURCES = ['store', 'topic'] as const;
export const AUTH_MODES = ['token', 'local'] as const;
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export const LOG_FORMATS = ['json', 'pretty'] as const;

/** Everything that is set from outside, by environment variables (see {@link VARIABLES}). Also the Nest token for itself. */
export class Configuration extends KafkaConfiguration {
  @Matches(/^postgres(ql)?:\/\/\S+$/, {
    message: 'must be an address such as postgres://user:password@host:5432/database',
  })
  databaseUrl!: string;

  @IsIn(EVENT_STORES, { message: `must be one of ${EVENT_STORES.join(', ')}` })
  eventStore: (typeof EVENT_STORES)[number] = 'postgres';

  /** Where the events are when they are not in the database of DATABASE_URL, which holds all else. */
  @ValidateIf(({ eventStore, eventStoreDbUrl }: Configuration) => eventStore === 'eventstoredb' || !!eventStoreDbUrl)
  @Matches(/^esdb(\+discover)?:\/\/\S+$/, { message: 'must be an address such as esdb://user:password@host:2113' })
  eventStoreDbUrl?: string;

  /** `topic`: what the relay has published to Kafka; projectors of a group share the work. */
  @IsIn(PROJECTOR_SOURCES, { message: `must be one of ${PROJECTOR_SOURCES.join(', ')}` })
  projectorSource: (typeof PROJECTOR_SOURCES)[number] = 'store';

  /** One for each database of read models. */
  @Matches(/^[\w.-]{1,200}$/, { message: 'must be at most 200 letters, digits, dots, hyphens and underscores' })
  projectorGroup: string = 'luodi-projector';

  /** Path of the programme profile, relative to the working directory. */
  @IsNotEmpty({ message: 'must be the path of a programme profile' })
  programme: string = 'deploy/programmes/xinjiang-aid.json';

  @IsNotEmpty({ message: 'must be a host name or an address to listen on' })
  host: string = '127.0.0.1';

  /** 0 takes any free port. */
  @IsInt({ message: 'must be a whole number' })
  @Min(0, { message: 'must be between 0 and 65535' })
  @Max(65535, { message: 'must be between 0 and 65535' })
  port: number = 3000;

  /** `token`: a bearer token with every request. `local`: whoever comes from the loopback address is the local operator. */
  @IsIn(AUTH_MODES, { message: `must be one of ${AUTH_MODES.join(', ')}` })
  auth: (typeof AUTH_MODES)[number] = 'token';

  @IsIn(LOG_LEVELS, { message: `must be one of ${LOG_LEVELS.join(', ')}` })
  logLevel: (typeof LOG_LEVELS)[number] = 'info';

  @IsIn(LOG_FORMATS, { message: `must be one of ${LOG_FORMATS.join(', ')}` })
  logFormat: (typeof LOG_FORMATS)[number] = 'json';

  /** Under which others reach the query-api, without a slash at the end; see `originOf` for the default. */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s"?#]*[^\s"?#/]$/, { message: 'must be an address such as https://luodi.example' })
  publicUrl?: string;

  /** CloudEvents `source` of all messages; see `originOf` for the default. */
  @IsOptional()
  @Matches(/^[^\s"]*[^\s"/]$/, { message: 'must be a URI reference such as /luodi/xinjiang-aid' })
  eventSource?: string;
}

/** Which variable sets which field. A variable that is missing or empty leaves the default. */
export const VARIABLES: Record<keyof Configuration, string> = {
  databaseUrl: 'DATABASE_URL',
  eventStore: 'EVENT_STORE',
  eventStoreDbUrl: 'EVENTSTOREDB_URL',
  projectorSource: 'PROJECTOR_SOURCE',
  projectorGroup: 'PROJECTOR_GROUP',
  programme: 'PROGRAMME',
  host: 'HOST',
  port: 'PORT',
  auth: 'AUTH',
  logLevel: 'LOG_LEVEL',
  logFormat: 'LOG_FORMAT',
  publicUrl: 'PUBLIC_URL',
  eventSource: 'EVENT_SOURCE',
  ...KAFKA_VARIABLES,
};

/** Says of every variable that is wrong what it must be; never shows a value, for DATABASE_URL holds a password. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  constructor(readonly problems: readonly string[]) {
    super(`the configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** Fields that an app cannot do without, though others can; each with what to set it to. */
export type Needs = Partial<Record<keyof Configuration, string>>;

/** Reads the configuration from environment variables. @throws ConfigurationError with all problems at once */
export function loadConfiguration(env: Record<string, string | undefined>, needs: Needs = {}): Configuration {
  const values: Record<string, unknown> = {};
  for (const [field, variable] of Object.entries(VARIABLES)) {
    const text = env[variable]?.trim();
    if (text) values[field] = (PARSERS[field as keyof Configuration] ?? String)(text);
  }
  const configuration = plainToInstance(Configuration, values);
  const problems = validateSync(configuration).map((error) => {
    const field = error.property as keyof Configuration;
    const missing = configuration[field] === undefined;
    return `${VARIABLES[field]} ${missing ? 'is missing: it ' : ''}${Object.values(error.constraints ?? {})[0]}`;
  });
  for (const [field, must] of Object.entries(needs) as [keyof Configuration, string][]) {
    if (configuration[field] === undefined) problems.push(`${VARIABLES[field]} is missing: it ${must}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return configuration;
}

/** How the text of a variable becomes the value of its field, where it is not the text itself. */
const PARSERS: Partial<Record<keyof Configuration, (text: string) => unknown>> = {
  port: toNumber,
  kafkaBrokers: (text) => text.split(',').map((broker) => broker.trim()),
  kafkaTls: (text) => ({ true: true, false: false })[text] ?? text,
  kafkaPartitions: toNumber,
  kafkaReplicationFactor: toNumber,
  kafkaRetentionDays: toNumber,
};

/** `"3000"` → 3000; whatever is not written in plain digits is NaN, which no port is. */
function toNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : NaN;
}
