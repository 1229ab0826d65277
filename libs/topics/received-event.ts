import { TObject } from '@sinclair/typebox';
import { EventMetadata } from '../audit/hash-chain';
import { CONFERENCE_EVENT_VERSIONS } from '../conference/events';
import { RecordedEvent } from '../event-store/event-store';
import { PROJECT_EVENT_VERSIONS } from '../project/events';
import { CloudEvent } from './cloud-event';
import { CONFERENCE_MESSAGES } from './conference-events.topic';
import { PROJECT_MESSAGES } from './project-events.topic';
import { publicPart } from './public-values';

/** An event as it can be had from its public message: all of it but what proves it and the name of who recorded it. */
export type ReceivedEvent = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'type' | 'data'> & {
  metadata: Pick<EventMetadata, 'eventId' | 'correlationId' | 'schemaVersion' | 'recordedAt'> & {
    actor: Omit<EventMetadata['actor'], 'name'>;
  };
};

interface Source {
  kind: 'project' | 'conference';
  type: string;
  /** What the event itself holds of the message's data. */
  event: TObject;
  schemaVersion: number;
}

/** By wire name. A version that is no longer written stays readable here, for the topic is kept for ever. */
const SOURCES = new Map<string, Source>([
  ...Object.entries(PROJECT_MESSAGES).map(([type, { type: wireType, event }]): [string, Source] => {
    const schemaVersion = PROJECT_EVENT_VERSIONS[type as keyof typeof PROJECT_MESSAGES];
    return [wireType, { kind: 'project', type, event, schemaVersion }];
  }),
  ...Object.entries(CONFERENCE_MESSAGES).map(([type, { type: wireType, event }]): [string, Source] => {
    const schemaVersion = CONFERENCE_EVENT_VERSIONS[type as keyof typeof CONFERENCE_MESSAGES];
    return [wireType, { kind: 'conference', type, event, schemaVersion }];
  }),
]);

/**
 * The event in a message of `luodi.project-events.v1` or `luodi.conference-events.v1`, in today's schema: what folds it
 * comes to the same state as from the store. @throws RangeError for a message of another kind
 */
export function receivedEvent(message: CloudEvent): ReceivedEvent {
  const { type: wireType, subject, sequence, position, id, time, correlationid } = message;
  const source = SOURCES.get(wireType);
  if (!source || sequence === undefined || position === undefined || correlationid === undefined) {
    throw new RangeError(`${wireType} of ${subject} is no event of a project or conference that can be read`);
  }
  const { project, recordedBy, ...own } = message.data as MessageData;
  return {
    stream: `${source.kind}-${subject}`,
    revision: Number(sequence),
    position,
    type: source.type,
    data: { ...publicPart(source.event, own), ...(source.type === 'ProjectProposed' && proposalIn(project)) },
    metadata: {
      eventId: id,
      correlationId: correlationid,
      schemaVersion: source.schemaVersion,
      recordedAt: time,
      actor: recordedBy,
    },
  };
}

interface MessageData {
  project?: Record<string, unknown>;
  recordedBy: ReceivedEvent['metadata']['actor'];
}

/** What a proposal brings is what all later messages tell as their context. */
function proposalIn(project: MessageData['project']): Record<string, unknown> {
  const { id: _id, stage: _stage, status: _status, ...proposal } = project ?? {};
  return proposal;
}
