import { messageOf } from './cloud-event';
import { CONFERENCE_EVENTS } from './conference-events.topic';
import { Fact } from './fact';
import { StoreOrigin } from './origin';
import { PROJECT_EVENTS } from './project-events.topic';
import { PROJECT_STATES } from './project-states.topic';
import { RELAY_POSITIONS } from './relay-positions.topic';
import { Topic, TopicMessage } from './topic';

/** All topics. A new one is a file beside this one, and a line here. */
export const TOPICS: readonly Topic[] = [PROJECT_EVENTS, PROJECT_STATES, CONFERENCE_EVENTS, RELAY_POSITIONS];

/** Everything that goes to Kafka about one fact, in the order of {@link TOPICS}. */
export function messagesOf(fact: Fact, origin: StoreOrigin): TopicMessage[] {
  return TOPICS.flatMap((topic) => {
    const announcement = topic.announce?.(fact);
    return announcement ? [messageOf(topic, fact, announcement, origin)] : [];
  });
}
