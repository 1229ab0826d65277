import { DEAD_LETTER_TOPIC } from './dead-letters';
import { exampleFacts } from './example-life';
import { Fact } from './fact';
import {
  DEAD_LETTER,
  deadLetter,
  deadLetterChannel,
  RELAY_MARK,
  relayMark,
  STRUCTURED_HEADERS,
} from './other-messages';
import { Origin } from './origin';
import { relayPositionMessage, RELAY_POSITIONS } from './relay-positions.topic';
import { currentSchemas, ENVELOPE } from './schemas';
import { MessageType, Topic, TopicMessage } from './topic';
import { messagesOf, TOPICS } from './topics';

/** One message of every type, made by the code that makes them all. The last of each, for states grow richer. */
export function exampleMessages(origin: Origin): Map<string, TopicMessage> {
  const facts = exampleFacts();
  const { stream, revision, metadata } = (facts.at(-1) as Fact).recorded;
  const reached = {
    storeId: 'postgres:0198c0de-7d3a-7a4b-8f00-5a1c2b3d4e5f',
    position: String(facts.length),
    eventId: metadata.eventId,
    stream,
    revision,
  };
  const at = '2024-05-14T08:30:00.000Z';
  const messages = [
    ...facts.flatMap((fact) => messagesOf(fact, { ...origin, storeId: reached.storeId })),
    relayPositionMessage('relay', { ...reached, at }, origin),
  ];
  return new Map(messages.map((message) => [(JSON.parse(message.value) as { type: string }).type, message]));
}

/** The AsyncAPI 3.0 document of all topics, from the topics themselves. */
export function asyncApi(origin: Origin) {
  const examples = exampleMessages(origin);
  const messages = TOPICS.flatMap((topic) => topic.messages.map((type) => ({ topic, type })));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Luodi 落地',
      version: '1.0.0',
      description:
        'Every project from proposal to operation, as CloudEvents 1.0 in structured JSON. Messages are written in ' +
        'transactions: read committed records alone (`isolation.level=read_committed`), and every event comes once, in ' +
        'order per key. Ignore properties you do not know: compatible changes add some. A change that is not ' +
        'compatible gets a new version of its type.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/cloudevents+json',
    channels: {
      ...Object.fromEntries(TOPICS.map((topic) => [topic.name, channelOf(topic)])),
      [DEAD_LETTER_TOPIC]: deadLetterChannel(),
    },
    operations: {
      ...Object.fromEntries(TOPICS.map((topic) => [`send-${idOf(topic)}`, operationOf(topic)])),
      'send-dead-letters': {
        action: 'send',
        channel: { $ref: `#/channels/${DEAD_LETTER_TOPIC}` },
        title: '死信 Dead letters of the notifier',
        messages: [{ $ref: `#/channels/${DEAD_LETTER_TOPIC}/messages/${DEAD_LETTER}` }],
      },
    },
    components: {
      messages: {
        ...Object.fromEntries(
          messages.map(({ topic, type }) => [type.type, messageOf(topic, type, examples.get(type.type))]),
        ),
        [RELAY_MARK]: relayMark(),
        [DEAD_LETTER]: deadLetter(),
      },
      schemas: currentSchemas(),
    },
  };
}

/** `luodi.project-events.v1` → `project-events`. */
function idOf({ name }: Topic): string {
  return name.split('.')[1] as string;
}

/** What an installation may set otherwise is not said: the partitions of a topic that is spread, how long events stay. */
function channelOf(topic: Topic) {
  const { partitions, cleanup } = topic;
  const types = topic.messages.map(({ type }) => type);
  if (topic === RELAY_POSITIONS) types.push(RELAY_MARK);
  return {
    address: topic.name,
    title: topic.title,
    description: `${topic.description} Key: ${topic.key}`,
    messages: Object.fromEntries(types.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      kafka: {
        topic: topic.name,
        ...(partitions === 1 && { partitions }),
        topicConfiguration: { 'cleanup.policy': [cleanup], ...(cleanup === 'compact' && { 'retention.ms': -1 }) },
        bindingVersion: '0.5.0',
      },
    },
  };
}

function operationOf(topic: Topic) {
  const { name, title } = topic;
  return {
    action: 'send',
    channel: { $ref: `#/channels/${name}` },
    title,
    messages: topic.messages.map(({ type }) => ({ $ref: `#/channels/${name}/messages/${type}` })),
  };
}

function messageOf(topic: Topic, { type, title }: MessageType, example: TopicMessage | undefined) {
  const always = topic === RELAY_POSITIONS ? [] : ['sequence', 'position', 'correlationid'];
  return {
    name: type,
    title,
    contentType: 'application/cloudevents+json',
    headers: STRUCTURED_HEADERS,
    payload: {
      allOf: [
        { $ref: `#/components/schemas/${ENVELOPE}` },
        {
          type: 'object',
          properties: { type: { const: type }, data: { $ref: `#/components/schemas/${type}` } },
          required: always,
        },
      ],
    },
    bindings: { kafka: { key: { type: 'string', description: topic.key }, bindingVersion: '0.5.0' } },
    examples: example ? [{ name: type, payload: JSON.parse(example.value) as object }] : [],
  };
}
