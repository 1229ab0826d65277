import { Admin } from 'kafkajs';
import { ensureTopics } from './ensure-topics';

it('waits for the leaders also of a topic that somebody else is creating in this moment', async () => {
  let asked = 0;
  const admin = {
    listTopics: () => Promise.resolve(['theirs']),
    fetchTopicOffsets: () => {
      asked += 1;
      return asked < 3
        ? Promise.reject(new Error('This server does not host this topic-partition'))
        : Promise.resolve([]);
    },
    fetchTopicMetadata: () => Promise.resolve({ topics: [{ partitions: [{ replicas: [1] }] }] }),
    describeConfigs: () => Promise.resolve({ resources: [] }),
  } as unknown as Admin;
  const wanted = { name: 'theirs', partitions: 1, replicationFactor: 1, settings: {} };
  expect(await ensureTopics(admin, [wanted])).toEqual([{ topic: 'theirs', created: false, differences: [] }]);
  expect(asked).toBe(3);
});
