import { Static, Type } from '@sinclair/typebox';
import { Fact } from './fact';
import { Origin, schemaUrl, StoreOrigin } from './origin';
import { instant, text } from './public-values';
import { Announcement, Topic, TopicMessage } from './topic';

/** Digits of `sequence`: enough for any revision, and texts of one length compare as numbers do. */
const SEQUENCE_DIGITS = 10;

/** CloudEvents 1.0 in structured JSON, https://github.com/cloudevents/spec. Its extensions are documented ones but `position` and `storeid`. */
export const envelope = Type.Object(
  {
    specversion: Type.Literal('1.0'),
    id: text('Id of the event: who has seen `source` and `id` has seen the message.'),
    source: Type.String({ minLength: 1, format: 'uri-reference', description: 'Which Luodi, and which view of it.' }),
    type: text('What happened, with the version of the message.'),
    subject: text('Id of the project or conference, or name of the relay; also the key.'),
    time: instant('When it was recorded; when it happened stands in the data.'),
    datacontenttype: Type.Literal('application/json'),
    dataschema: Type.String({ format: 'uri', description: 'Where the JSON Schema of the data is served.' }),
    sequence: Type.Optional(
      Type.String({
        pattern: `^\\d{${SEQUENCE_DIGITS}}$`,
        description:
          'Revision of the project or conference: from zero, without gaps, padded so that texts compare as numbers do.',
      }),
    ),
    position: Type.Optional(text('Place in the whole store, opaque: `?after=` of the query-api waits for it.')),
    storeid: Type.Optional(
      text(
        'Event store that `position` is of: another one, to which all events were moved, has other positions for them.',
      ),
    ),
    correlationid: Type.Optional(text('What ties together everything that one request caused.')),
    traceparent: Type.Optional(text('W3C trace context of the request, where it had one.')),
    recordedtime: Type.Optional(instant('Only on a backfill: when it was really written; `time` is what it claims.')),
    data: Type.Object({}, { description: 'As `dataschema` says.' }),
  },
  { title: 'CloudEvents 1.0' },
);
export type CloudEvent = Static<typeof envelope>;

/** The message of a topic about a fact. */
export function messageOf(topic: Topic, fact: Fact, announcement: Announcement, origin: StoreOrigin): TopicMessage {
  const { position, revision, metadata } = fact.recorded;
  const { eventId, recordedAt, correlationId, backfill } = metadata;
  return kafkaMessage(topic, origin, announcement, {
    id: eventId,
    subject: fact.id,
    time: recordedAt,
    sequence: sequenceOf(revision),
    position,
    storeid: origin.storeId,
    correlationid: correlationId,
    traceparent: metadata.traceparent,
    recordedtime: backfill?.writtenAt,
  });
}

type Given = 'specversion' | 'source' | 'type' | 'datacontenttype' | 'dataschema' | 'data';

/** Any message: attributes and data in their envelope, under the subject as key. Undefined attributes are left out. */
export function kafkaMessage(
  topic: Topic,
  origin: Origin,
  { type: { type }, data }: Announcement,
  attributes: Omit<CloudEvent, Given>,
): TopicMessage {
  const event: CloudEvent = {
    specversion: '1.0',
    type,
    source: origin.source + (topic.sourcePath ?? ''),
    ...attributes,
    datacontenttype: 'application/json',
    dataschema: schemaUrl(type, origin),
    data,
  };
  return { topic: topic.name, key: event.subject, value: JSON.stringify(event), headers: STRUCTURED };
}

/** Kafka protocol binding for CloudEvents 1.0, structured content mode. */
export const STRUCTURED = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

/** `12` → `"0000000012"`. Not `sequencetype` Integer, for that begins with one. */
export function sequenceOf(revision: number): string {
  return String(revision).padStart(SEQUENCE_DIGITS, '0');
}
