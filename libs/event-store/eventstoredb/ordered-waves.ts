import { PlacedEvent, requestOf } from '../ordered-append';
import { PreparedAppend, prepareAppend } from '../prepared-append';

/** Appends in flight at once, and their bytes, unless a single one has more. */
const WAVE = { appends: 500, bytes: 4 * 1024 * 1024 };

type Events = [PlacedEvent, ...PlacedEvent[]];

/**
 * Events as appends that keep their order: one for each run of events of a stream that stand side by side, of `limit` bytes
 * at most; and these as waves, each to be sent when the one before is answered.
 * @throws EventTooLarge; RangeError for events that do not continue each other
 */
export function* orderedWaves(events: readonly PlacedEvent[], limit: number): Generator<PreparedAppend[]> {
  let wave: PreparedAppend[] = [];
  let bytes = 0;
  for (const append of appendsOf(events, limit)) {
    if (wave.length === WAVE.appends || (wave.length > 0 && bytes + append.bytes > WAVE.bytes)) {
      yield wave;
      [wave, bytes] = [[], 0];
    }
    wave.push(append);
    bytes += append.bytes;
  }
  if (wave.length > 0) yield wave;
}

function* appendsOf(events: readonly PlacedEvent[], limit: number): Generator<PreparedAppend> {
  for (const run of runsOf(events)) yield* withinLimit(run, limit);
}

function runsOf(events: readonly PlacedEvent[]): Events[] {
  const runs: Events[] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run?.[0].stream === event.stream) run.push(event);
    else runs.push([event]);
  }
  return runs;
}

function* withinLimit(run: Events, limit: number): Generator<PreparedAppend> {
  const append = prepareAppend(requestOf(run));
  if (append.bytes <= limit || run.length === 1) {
    yield append;
    return;
  }
  const middle = Math.ceil(run.length / 2);
  yield* withinLimit(run.slice(0, middle) as Events, limit);
  yield* withinLimit(run.slice(middle) as Events, limit);
}
