import { STRUCTURED } from './cloud-event';
import { DEAD_LETTER_TOPIC, deadLetterHeaders } from './dead-letters';

// What stands in topics and is no CloudEvent, for the AsyncAPI document.

export const RELAY_MARK = 'relay-mark';
export const DEAD_LETTER = 'dead-letter';

/** The headers of every CloudEvent. */
export const STRUCTURED_HEADERS = {
  type: 'object',
  properties: Object.fromEntries(Object.entries(STRUCTURED).map(([name, value]) => [name, { const: value }])),
  required: Object.keys(STRUCTURED),
};

/** By which relays notice each other, see `kafkajs/takeover.ts`. */
export function relayMark() {
  return {
    name: RELAY_MARK,
    title: '转发标记 Mark of a relay',
    description:
      'Without a value, so that compaction takes it away: by these relays notice each other. Leave them aside.',
    headers: {
      type: 'object',
      properties: { fence: { type: 'string', description: 'Which process has taken over.' } },
    },
    payload: { type: 'null' },
    bindings: {
      kafka: {
        key: {
          type: 'string',
          pattern: '^(fence|look):',
          description: '`fence:` or `look:`, and the transactional id.',
        },
        bindingVersion: '0.5.0',
      },
    },
    examples: [{ name: RELAY_MARK, headers: { fence: '5e9f1c1e-52b1-4f2c-9a57-1d5b0a3c8e11' }, payload: null }],
  };
}

export function deadLetterChannel() {
  return {
    address: DEAD_LETTER_TOPIC,
    title: '死信 Dead letters of the notifier',
    description:
      'What the notifier has given up, at least once each; it makes the topic. `luodi dlq` lists and retries. Key: As of the ' +
      'message that was given up.',
    messages: { [DEAD_LETTER]: { $ref: `#/components/messages/${DEAD_LETTER}` } },
    bindings: {
      kafka: {
        topic: DEAD_LETTER_TOPIC,
        partitions: 1,
        topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': -1 },
        bindingVersion: '0.5.0',
      },
    },
  };
}

export function deadLetter() {
  return {
    name: DEAD_LETTER,
    title: '死信 Dead letter',
    description:
      'The value is the message as it came, most often an event of a project, and maybe nothing that can be read.',
    headers: JSON.parse(JSON.stringify(deadLetterHeaders)) as object,
    payload: {},
    bindings: {
      kafka: {
        key: { type: 'string', description: 'As of the message that was given up.' },
        bindingVersion: '0.5.0',
      },
    },
    examples: [],
  };
}
