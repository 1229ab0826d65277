import { setTimeout as delay } from 'node:timers/promises';
import { MemoryEventStore } from '../../test/support/memory-event-store';
import { MemoryKafka } from '../../test/support/memory-kafka';
import { TopicOverrides } from '../../libs/topics/wanted-topics';
import { RunningRelay } from './running-relay';

/** What it warns of when it makes its topics. */
async function warningsWith(brokers: number, topics: TopicOverrides): Promise<string[]> {
  const warnings: string[] = [];
  const kafka = new MemoryKafka();
  kafka.brokerCount = () => Promise.resolve(brokers);
  const origin = { source: '/luodi/test', publicUrl: 'https://luodi.example' };
  const options = { name: 'relay', store: new MemoryEventStore(), origin, topics };
  const logger = { log: () => undefined, error: () => undefined, warn: (text: string) => void warnings.push(text) };
  const relay = new RunningRelay(kafka, options, {}, logger);
  relay.start();
  const isStarting = () => {
    try {
      relay.check();
      return false;
    } catch {
      return true;
    }
  };
  while (isStarting()) await delay(1);
  await relay.stop();
  return warnings;
}

describe('topics that are made on few brokers', () => {
  it('are warned of once, for they stay so', async () => {
    expect(await warningsWith(2, {})).toEqual([expect.stringMatching(/2 replicas.*KAFKA_REPLICATION_FACTOR/)]);
  });

  it('are not where that is what somebody wanted, nor on enough', async () => {
    expect(await warningsWith(1, { replicationFactor: 1 })).toEqual([]);
    expect(await warningsWith(3, {})).toEqual([]);
  });
});
