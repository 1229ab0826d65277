import { Static, TProperties, Type } from '@sinclair/typebox';
import { ConferenceEventData, ConferenceEventType } from '../conference/events';
import * as values from './public-values';
import { Topic } from './topic';

const { day, text, recordedBy } = values;
const codes = (description: string) => Type.Array(Type.String(), { description });

function message<Own extends TProperties>(type: string, title: string, own: Own) {
  const conference = values.conferenceId('Id of the conference; also key and subject.');
  return { type, title, data: Type.Object({ conference, ...own, recordedBy }, { title }), event: Type.Object(own) };
}

/** The public message of every event, by the event's internal name. A type, once published, keeps its name and meaning. */
export const CONFERENCE_MESSAGES = {
  ConferenceOpened: message('luodi.conference-opened.v1', '推介会开幕 Conference opened', {
    programme: text('Id of the programme.'),
    name: text('As it is announced.'),
    place: text('Where it is held.'),
    opensOn: day('First day.'),
    closesOn: day('Last day, as planned.'),
    organisers: codes('Who organises it.'),
    prefecture: Type.Optional(text('Code of the region in which it is held.')),
  }),
  SubVenueAdded: message('luodi.sub-venue-added.v1', '增设分会场 Sub-venue added', {
    name: text('Of the sub-venue.'),
    partners: codes('Codes of the partners that came.'),
    regions: codes('Codes of the regions that presented.'),
  }),
  ConferenceClosed: message('luodi.conference-closed.v1', '推介会闭幕 Conference closed', {
    closedOn: day('Last day.'),
  }),
};

type Promised = { [Type in ConferenceEventType]: Static<(typeof CONFERENCE_MESSAGES)[Type]['event']> };
type Kept<Events extends Promises, Promises> = Events;
/** Compiles only while every event carries what its message promises. */
export type KeptPromises = Kept<ConferenceEventData, Promised>;

export const CONFERENCE_EVENTS: Topic = {
  name: 'luodi.conference-events.v1',
  title: '推介会事件 Events of conferences',
  description:
    'Every event of every conference, once, in order, kept for ever unless an installation sets days (KAFKA_RETENTION_DAYS).',
  key: 'Id of the conference.',
  partitions: 1,
  cleanup: 'delete',
  messages: Object.values(CONFERENCE_MESSAGES),
  announce(fact) {
    if (fact.kind !== 'conference') return undefined;
    const { id, event, recorded } = fact;
    const type = CONFERENCE_MESSAGES[event.type];
    const data = { conference: id, ...event.data, recordedBy: recorded.metadata.actor };
    return { type, data: values.publicPart(type.data, data) };
  },
};
