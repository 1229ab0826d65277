import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { StoredEvent } from './log';

/** Which events of $all a subscription wants, and after how many considered ones it is told how far the server has come. */
export interface Filter {
  matches(event: StoredEvent): boolean;
  /** Records the server looks at before it sends what it has found among them. */
  window: number;
  checkpointInterval: number;
}

/** What the server searches at a time when the client does not say. */
const DEFAULT_WINDOW = 32;

export function filterOf(options: ReadReq.Options.FilterOptions): Filter {
  const ofStream = options.getStreamIdentifier();
  const matches = matcher(ofStream ?? options.getEventType());
  const window = options.hasMax() ? options.getMax() : DEFAULT_WINDOW;
  return {
    matches: (event) => matches(ofStream ? event.stream : event.type),
    window,
    checkpointInterval: window * options.getCheckpointintervalmultiplier(),
  };
}

function matcher(expression: ReadReq.Options.FilterOptions.Expression | undefined): (text: string) => boolean {
  const regex = expression?.getRegex();
  if (regex) {
    const compiled = new RegExp(regex, 'u');
    return (text) => compiled.test(text);
  }
  const prefixes = expression?.getPrefixList() ?? [];
  return (text) => prefixes.some((prefix) => text.startsWith(prefix));
}
