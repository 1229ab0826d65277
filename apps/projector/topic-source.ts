import { EventStore } from '../../libs/event-store/event-store';
import { FoldableEvent } from '../../libs/read-models/fold';
import {
  Bounds,
  PartitionedReader,
  PartitionedSource,
  Place,
  SourceMismatch,
  SourceUnavailable,
} from '../../libs/read-models/partitioned-source';
import { CloudEvent } from '../../libs/topics/cloud-event';
import { CONFERENCE_EVENTS } from '../../libs/topics/conference-events.topic';
import { GroupHandler, GroupMessage, KafkaGroups } from '../../libs/topics/group-port';
import { KafkaUnavailable } from '../../libs/topics/kafka-port';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { receivedEvent } from '../../libs/topics/received-event';
import { readRelayPosition, RELAY_POSITIONS } from '../../libs/topics/relay-positions.topic';
import { positionIn } from '../../libs/topics/resume-position';

export interface TopicSourceOptions {
  kafka: KafkaGroups;
  store: Pick<EventStore, 'storeId' | 'readStream'>;
  /** Projectors of one group, on one database, share the work. */
  group: string;
  /** The relay that publishes the events, and the CloudEvents `source` that its messages have. */
  relay: string;
  source: string;
  /** A message is passed over that nobody can read. */
  onUnreadable?: (text: string) => void;
}

type Announcement = Parameters<PartitionedReader['announce']>;

const TOPICS = [PROJECT_EVENTS.name, CONFERENCE_EVENTS.name];

/** The events of a store as its relay has published them. What others have written to the topics is left aside. */
export class TopicSource implements PartitionedSource {
  constructor(private readonly options: TopicSourceOptions) {}

  bounds(): Promise<Bounds[]> {
    return fromKafka(() => this.options.kafka.bounds(TOPICS));
  }

  async follow(reader: PartitionedReader, signal: AbortSignal): Promise<void> {
    const { kafka, group } = this.options;
    const membership = { group, shared: TOPICS, everyones: [RELAY_POSITIONS.name] };
    await fromKafka(async () => {
      const since = await this.announceLast(reader);
      if (!signal.aborted) await kafka.read(membership, new Handler(this.options, reader, since), signal);
    });
  }

  /** @returns the offset of the first position that may be news after that */
  private async announceLast(reader: PartitionedReader): Promise<bigint> {
    const { kafka, relay } = this.options;
    const [bound] = await kafka.bounds([RELAY_POSITIONS.name]);
    if (!bound || bound.high === bound.low) return bound?.low ?? 0n;
    // Whatever stands at the very end, even open, is left to be followed; as a rule it is the mark of a transaction.
    const since = bound.high - 1n;
    const value = since > bound.low ? await kafka.readLast(RELAY_POSITIONS.name, relay, since) : undefined;
    if (value !== undefined) await reader.announce(...(await announced(value, this.options)));
    return since;
  }
}

class Handler implements GroupHandler {
  constructor(
    private readonly options: TopicSourceOptions,
    private readonly reader: PartitionedReader,
    /** Offset of the first position of a relay that may be news. */
    private since: bigint,
  ) {}

  async begin(assigned: readonly Place[]) {
    const [events, positions] = [assigned.filter(isOfEvents), assigned.filter((place) => !isOfEvents(place))];
    const starts = await this.reader.begin(events);
    return [...starts, ...positions.map((place) => ({ ...place, next: this.since }))];
  }

  async take(place: Place, messages: readonly GroupMessage[], next: bigint): Promise<boolean> {
    if (isOfEvents(place)) {
      return this.reader.take({ ...place, events: messages.flatMap((message) => this.eventIn(place, message)), next });
    }
    this.since = next;
    const last = messages.findLast(({ key, value }) => key === this.options.relay && value !== null)?.value;
    return typeof last === 'string' ? this.reader.announce(...(await announced(last, this.options))) : true;
  }

  private eventIn(place: Place, { offset, value }: GroupMessage): FoldableEvent[] {
    let message: CloudEvent;
    try {
      message = JSON.parse(value ?? '') as CloudEvent;
    } catch {
      this.options.onUnreadable?.(`message ${offset} of partition ${place.partition} of ${place.topic} is no JSON`);
      return [];
    }
    const { source, store } = this.options;
    if (message?.source !== source) return [];
    // Older relays did not say of which store.
    const isOfAnotherStore = message.storeid !== undefined && message.storeid !== store.storeId;
    return [{ ...readEvent(place, message), isOfAnotherStore }];
  }
}

function isOfEvents({ topic }: Place): boolean {
  return topic !== RELAY_POSITIONS.name;
}

/** What this version cannot read becomes an event of a type that nobody knows: it parks its project, as from the store. */
function readEvent({ topic }: Place, message: CloudEvent): FoldableEvent {
  try {
    return receivedEvent(message);
  } catch {
    const { subject, sequence, position = '', type, time: recordedAt } = message;
    const stream = `${topic === CONFERENCE_EVENTS.name ? 'conference' : 'project'}-${subject}`;
    const metadata = { schemaVersion: 1, recordedAt, actor: { subject: '' } };
    return { stream, revision: Number(sequence), position, type, data: {}, metadata };
  }
}

/**
 * The position up to which everything is in the topics, in this store; it may be a copy of the one the relay has read so far.
 */
async function announced(value: string, { store, relay }: TopicSourceOptions): Promise<Announcement> {
  const reached = readRelayPosition(value);
  const position = await positionIn(store, reached);
  if (position !== undefined) return [position, reached.publication];
  throw new SourceMismatch(
    `relay "${relay}" publishes events of event store ${reached.storeId}, and the read models are of ${store.storeId}: ` +
      'set RELAY_NAME, KAFKA_BROKERS and DATABASE_URL as for the relay of this store',
  );
}

async function fromKafka<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof KafkaUnavailable ? new SourceUnavailable(error.message, { cause: error }) : error;
  }
}
