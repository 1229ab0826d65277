import { Configuration } from '../runtime/configuration';

/** Where messages come from, as they say themselves. Neither has a slash at the end. */
export interface Origin {
  /** CloudEvents `source`, a URI reference. */
  source: string;
  /** Where the query-api answers: the base of every `dataschema`. */
  publicUrl: string;
}

/** An origin whose positions are of one event store. */
export interface StoreOrigin extends Origin {
  storeId: string;
}

/**
 * As configured; otherwise the programme, and the address this process listens on. A relay in a process of its own does not
 * start without PUBLIC_URL, for the query-api is elsewhere.
 */
export function originOf(
  { publicUrl, eventSource, host, port }: Pick<Configuration, 'publicUrl' | 'eventSource' | 'host' | 'port'>,
  programmeId: string,
): Origin {
  const name = host.includes(':') ? `[${host}]` : host;
  return { source: eventSource ?? `/luodi/${programmeId}`, publicUrl: publicUrl ?? `http://${name}:${port}` };
}

/** Where the schema of a type is served. */
export function schemaUrl(type: string, { publicUrl }: Pick<Origin, 'publicUrl'>): string {
  return `${publicUrl}/schemas/${type}.json`;
}
