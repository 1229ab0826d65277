import { EventStore } from '../../libs/event-store/event-store';
import { CONFERENCE_EVENTS } from '../../libs/topics/conference-events.topic';
import { Origin } from '../../libs/topics/origin';
import { PROJECT_EVENTS } from '../../libs/topics/project-events.topic';
import { PROJECT_STATES } from '../../libs/topics/project-states.topic';
import { eventIn, forEachCommitted } from './kafka';
import { Digest, messagesAbout } from './lives';

const TOPICS = [PROJECT_EVENTS, PROJECT_STATES, CONFERENCE_EVENTS].map(({ name }) => name);

/**
 * That a reader of committed records sees every event of the store once, in order per key, with the state after it. What
 * others have published to the cluster from another origin is left aside. @returns how many messages there are
 */
export async function expectPublished(store: EventStore, brokers: readonly string[], origin: Origin): Promise<number> {
  const [expected, actual] = [new Digest(), new Digest()];
  for await (const message of messagesAbout(store, origin)) expected.add(message);
  await forEachCommitted(brokers, TOPICS, (record) => {
    const { topic, key, value } = record;
    if (value !== null && eventIn(record)?.source.startsWith(origin.source)) actual.add({ topic, key, value });
  });
  expect(actual.content).toEqual(expected.content);
  return Object.values(actual.content).flat().length;
}
