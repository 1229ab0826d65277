import { Empty, StreamIdentifier } from '@eventstore/db-client/generated/shared_pb';
import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { LogPosition } from './position';

const { Options } = ReadReq;

/** Records the server looks at before it answers with what it has found among them. */
const SEARCH_WINDOW = 500;
/** A subscription is told how far the server has come after so many windows without an event of ours. */
const WINDOWS_PER_CHECKPOINT = 2;

/** Which streams are ours: those whose names begin so. System streams begin with `$`, and are never among them. */
export type Prefixes = readonly string[];

/** Up to `count` events of a stream, from a revision on; or its last one (`'last'`). */
export function streamRequest(stream: string, from: number | 'last', count: number): ReadReq {
  const identifier = new StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream, 'utf8'));
  const place = new Options.StreamOptions();
  place.setStreamIdentifier(identifier);
  if (from === 'last') place.setEnd(new Empty());
  else place.setRevision(String(from));
  const options = usual();
  options.setStream(place);
  options.setNoFilter(new Empty());
  options.setReadDirection(from === 'last' ? 1 : 0);
  options.setCount(String(count));
  return request(options);
}

/** Up to `count` events of ours, or of everybody, from a position on, that one included; or the newest (`'end'`, backwards). */
export function allRequest(from: LogPosition | 'start' | 'end', count: number, prefixes?: Prefixes): ReadReq {
  const options = usual();
  options.setAll(placeOf(from));
  if (prefixes) options.setFilter(filterOf(prefixes));
  else options.setNoFilter(new Empty());
  options.setReadDirection(from === 'end' ? 1 : 0);
  options.setCount(String(count));
  return request(options);
}

/** Every event of ours after a position, and then every new one. */
export function subscriptionRequest(after: LogPosition | undefined, prefixes: Prefixes): ReadReq {
  const options = usual();
  options.setAll(placeOf(after ?? 'start'));
  options.setFilter(filterOf(prefixes));
  options.setSubscription(new Options.SubscriptionOptions());
  return request(options);
}

function usual(): ReadReq.Options {
  const options = new Options();
  const uuids = new Options.UUIDOption();
  uuids.setString(new Empty());
  options.setUuidOption(uuids);
  options.setResolveLinks(false);
  return options;
}

function placeOf(from: LogPosition | 'start' | 'end'): ReadReq.Options.AllOptions {
  const all = new Options.AllOptions();
  if (from === 'start') all.setStart(new Empty());
  else if (from === 'end') all.setEnd(new Empty());
  else {
    const position = new Options.Position();
    position.setCommitPosition(from.commit.toString());
    position.setPreparePosition(from.prepare.toString());
    all.setPosition(position);
  }
  return all;
}

function filterOf(prefixes: Prefixes): ReadReq.Options.FilterOptions {
  const expression = new Options.FilterOptions.Expression();
  expression.setPrefixList([...prefixes]);
  const filter = new Options.FilterOptions();
  filter.setStreamIdentifier(expression);
  filter.setMax(SEARCH_WINDOW);
  filter.setCheckpointintervalmultiplier(WINDOWS_PER_CHECKPOINT);
  return filter;
}

function request(options: ReadReq.Options): ReadReq {
  const read = new ReadReq();
  read.setOptions(options);
  return read;
}
