/** What we must know of a connection string ourselves: the client's parser keeps it to itself. */
export interface ConnectionString {
  /** `host:port` of each, as written, with commas between. */
  hosts: string;
  /** Whether calls are for the leader alone: unless another kind of node is preferred. */
  requiresLeader: boolean;
}

const OPTIONS = [
  'connectionName',
  'defaultDeadline',
  'discoveryInterval',
  'gossipTimeout',
  'keepAliveInterval',
  'keepAliveTimeout',
  'maxDiscoverAttempts',
  'nodePreference',
  'throwOnAppendFailure',
  'tls',
  'tlsCAFile',
  'tlsVerifyCert',
  'userCertFile',
  'userKeyFile',
];
const KNOWN = new Set(OPTIONS.map(plain));

/** As the client takes it apart, user and password as well. */
const PARTS = /^esdb(?:\+discover)?:\/\/(?:[^:]+:[^@]+@)?([^?]*)(?:\?(.*))?$/;

/**
 * Reads a connection string of EventStoreDB, and refuses what the client would only warn of, showing the whole text with the
 * password in it. Whether hosts and values are good the client says.
 * @throws Error that holds no part of the text: where somebody has not encoded a password, any part may be of it
 */
export function readConnectionString(url: string): ConnectionString {
  const [, hosts, rest] = PARTS.exec(url.trim().replace(/\/+$/, '')) ?? [];
  if (hosts === undefined) throw notUnderstood('esdb:// or esdb+discover://');
  const options = optionsOf(rest?.split('&') ?? []);
  if (options.get('tlsverifycert') === 'false') {
    throw new Error(
      'EVENTSTOREDB_URL says tlsVerifyCert=false, which the client cannot do: name who signed the certificates in tlsCAFile',
    );
  }
  return {
    hosts: hosts.replace(/\/+$/, ''),
    requiresLeader: plain(options.get('nodepreference') ?? 'leader') === 'leader',
  };
}

export function notUnderstood(expected: string): Error {
  return new Error(
    `EVENTSTOREDB_URL is no connection string of EventStoreDB: ${expected} was expected somewhere in it`,
  );
}

function optionsOf(all: readonly string[]): Map<string, string> {
  const options = new Map<string, string>();
  for (const [index, option] of all.entries()) {
    const [key, value] = keyAndValue(option, index + 1);
    // Each of two values has its effect in the client, be it a warning.
    if (options.has(key))
      throw new Error(`option ${index + 1} of EVENTSTOREDB_URL says again what an option before says`);
    options.set(key, value);
  }
  return options;
}

function keyAndValue(option: string, place: number): [string, string] {
  const [, key = '', value = ''] = /^([^=?]+)=([^?]+)$/.exec(option) ?? [];
  if (KNOWN.has(plain(key))) return [plain(key), value.trim()];
  throw new Error(`option ${place} of EVENTSTOREDB_URL is none, or has no value; there are ${OPTIONS.join(', ')}`);
}

/** The client takes names in any case, with `-` and `_` anywhere. */
function plain(name: string): string {
  return name.trim().toLowerCase().replace(/[_-]/g, '');
}
