import type { Kafka, Producer } from '@nestjs/microservices/external/kafka.interface';
import { Pool } from '../../libs/postgres/pool';
import { Health } from '../../libs/runtime/health';
import { DEAD_LETTER_TOPIC } from '../../libs/topics/dead-letters';
import { DeadLetterTopic } from './dead-letter-topic';

test('the topic is there once its leader knows of it, which may be later than it was made', async () => {
  let asked = 0;
  const admin = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    listTopics: async () => [],
    createTopics: async ({ waitForLeaders = true }) => {
      // What kafkajs says when the broker that it asks does not know the topic yet.
      if (waitForLeaders) throw new Error('This server does not host this topic-partition');
      return true;
    },
    fetchTopicOffsets: async (topic: string) => {
      expect(topic).toBe(DEAD_LETTER_TOPIC);
      asked += 1;
      if (asked === 1) throw new Error('This server does not host this topic-partition');
      return [];
    },
  };
  const client = { query: async () => ({ rows: [] }), release: () => undefined };
  const letters = new DeadLetterTopic({ connect: async () => client } as unknown as Pool, new Health());
  await letters.open({ admin: () => admin } as unknown as Kafka, {} as Producer);
  await letters.beforeApplicationShutdown();
  expect(asked).toBe(2);
});
