import { Static, Type } from '@sinclair/typebox';
import { Position } from '../event-store/event-store';
import { CloudEvent, kafkaMessage } from './cloud-event';
import { Origin } from './origin';
import { text } from './public-values';
import { MessageType, Topic, TopicMessage } from './topic';

const RELAY_POSITION = {
  type: 'luodi.relay-position.v1',
  title: '转发位置 Position of a relay',
  data: Type.Object(
    {
      storeId: text('Which event store: a position of one means nothing in another.'),
      position: text('Everything up to here is in the topics.'),
      eventId: Type.Optional(
        text('Id of the event there: it is found by it in a copy of the store, under its position there.'),
      ),
      stream: Type.Optional(text('Stream of that event.')),
      revision: Type.Optional(Type.Integer({ minimum: 0, description: 'Its place in its stream.' })),
      publication: Type.Optional(
        text('Made when nothing was published yet: topics that were lost and made anew have another.'),
      ),
    },
    { title: '转发位置 Position of a relay' },
  ),
} satisfies MessageType;
export type RelayPosition = Static<typeof RELAY_POSITION.data>;

export const RELAY_POSITIONS: Topic = {
  name: 'luodi.relay-positions.v1',
  title: '转发位置 Positions of relays',
  description: 'How far each relay has come, written in one transaction with the messages. For the relays themselves.',
  key: 'Name of the relay.',
  partitions: 1,
  cleanup: 'compact',
  messages: [RELAY_POSITION],
  sourcePath: '/relays',
};

/** The message that says how far a relay has come; `at` is an ISO 8601 instant. */
export function relayPositionMessage(
  relay: string,
  reached: RelayPosition & { at: string },
  origin: Origin,
): TopicMessage {
  const { at: time, ...data } = reached;
  const { storeId, position } = data;
  const announcement = { type: RELAY_POSITION, data };
  return kafkaMessage(RELAY_POSITIONS, origin, announcement, {
    id: `${relay}@${storeId}/${position}`,
    subject: relay,
    time,
    position,
    storeid: storeId,
  });
}

/** The inverse of {@link relayPositionMessage}. @throws Error for a value that it has not written */
export function readRelayPosition(value: string): RelayPosition {
  const { type, data } = JSON.parse(value) as CloudEvent;
  const reached = data as Partial<RelayPosition>;
  const { storeId, position } = reached;
  if (type !== RELAY_POSITION.type || typeof storeId !== 'string' || typeof position !== 'string') {
    throw new Error(`what stands in ${RELAY_POSITIONS.name} is no position of a relay: ${value.slice(0, 200)}`);
  }
  return { ...reached, storeId, position: position satisfies Position };
}
