import { isConnectionLoss } from '../postgres/connection-loss';

/** Errors whose message says all a user needs; a stack would only hide it. */
const PLAIN = new Set([
  'UsageError',
  'EmbeddedPostgresError',
  'ConfigurationError',
  'ProfileError',
  'CannotListen',
  'InvalidToken',
  'LedgerFileError',
  'MappingError',
  'Refusal',
  'RebuildRunning',
  'EventStoreUnavailable',
]);

/** What PostgreSQL and the network mean, by their codes. */
const CAUSES: Record<string, string> = {
  ECONNREFUSED: 'no PostgreSQL answers at DATABASE_URL: is it running, and are host and port right?',
  ENOTFOUND: 'the host in DATABASE_URL is not known',
  ETIMEDOUT: 'the PostgreSQL at DATABASE_URL does not answer: is host reachable from here?',
  '28P01': 'PostgreSQL refuses the user or the password in DATABASE_URL',
  '28000': 'PostgreSQL refuses the user in DATABASE_URL',
  '3D000': 'the database in DATABASE_URL does not exist: create it first (createdb)',
  '42501': 'the user in DATABASE_URL may not do this: it needs CREATE on the database',
  '53100': 'the disk of PostgreSQL is full: free some space and try again; nothing was half done',
  '53300': 'PostgreSQL has no connection left: raise max_connections',
  ENOSPC: 'the disk is full: free some space and try again',
  ENOENT: 'a file is missing',
  EACCES: 'a file may not be read or written',
};

/** One message for the terminal: known failures in a sentence that says what to do, others with all there is. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (PLAIN.has(error.name)) return error.message;
  const said = CAUSES[codeOf(error) ?? ''];
  if (said) return `${said} (${messageOf(error)})`;
  if (isConnectionLoss(error)) return `the PostgreSQL at DATABASE_URL cannot be reached: ${messageOf(error)}`;
  return error.stack ?? error.message;
}

/** The code of the error or of what caused it; of several at once (IPv4 and IPv6), of the first. */
function codeOf(error: Error): string | undefined {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return cause instanceof Error ? codeOf(cause) : undefined;
}

function messageOf(error: Error): string {
  return error.message || (error instanceof AggregateError && String(error.errors[0])) || error.name;
}
