import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
  type AclEntry,
} from 'kafkajs';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { loadNotifierSettings } from '../apps/notifier/settings';
import { startNotifier } from '../apps/notifier/start-notifier';
import { TopicSource } from '../apps/projector/topic-source';
import { loadConfiguration } from '../libs/runtime/configuration';
import { kafkaAccessOf } from '../libs/topics/kafka-access';
import { KafkaUnavailable } from '../libs/topics/kafka-port';
import { KafkaJsGroups } from '../libs/topics/kafkajs/kafkajs-groups';
import { KafkaJs } from '../libs/topics/kafkajs/kafkajs-kafka';
import { PROJECT_EVENTS } from '../libs/topics/project-events.topic';
import { relay } from '../libs/topics/relay';
import { createDatabase } from './support/database';
import { describeOwnKafka } from './support/kafka';
import { KafkaCluster, startKafka } from './support/kafka-cluster';
import { live } from './support/lives';
import { MemoryEventStore } from './support/memory-event-store';

const RESOURCES = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  'transactional id': AclResourceTypes.TRANSACTIONAL_ID,
};
const OPERATIONS = {
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
};
type Named<T> = keyof T & string;

/** The table of deploy/README.md: `| relay | topic | \`luodi.*\` | Create, Write |`. */
function aclsInReadme(): AclEntry[] {
  const rows = readFileSync('deploy/README.md', 'utf8').matchAll(
    /^\| (relay|projector|notifier) +\| (topic|group|transactional id) +\| (`.+`) +\| (\w+(?:, \w+)*) +\|$/gm,
  );
  return [...rows].flatMap(([, user, resource, names = '', operations = '']) =>
    [...names.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) =>
      operations.split(', ').map((operation) => ({
        principal: `User:${user}`,
        host: '*',
        permissionType: AclPermissionTypes.ALLOW,
        operation: OPERATIONS[operation as Named<typeof OPERATIONS>],
        resourceType: RESOURCES[resource as Named<typeof RESOURCES>],
        resourceName: name.replace(/\*$/, ''),
        resourcePatternType: name.endsWith('*') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
      })),
    ),
  );
}

describeOwnKafka('a cluster with ACLs, where each may do what deploy/README.md says, and nothing else', () => {
  const origin = { source: '/luodi/acl', publicUrl: 'https://luodi.example' };
  const store = new MemoryEventStore();
  let cluster: KafkaCluster;
  let database: Awaited<ReturnType<typeof createDatabase>>;

  const configurationOf = (user: string) =>
    loadConfiguration({
      DATABASE_URL: database.url,
      KAFKA_BROKERS: cluster.brokers.join(),
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: user,
      KAFKA_SASL_PASSWORD: user,
      PORT: '0',
      LOG_LEVEL: 'silent',
    });
  const accessOf = (user: string) => kafkaAccessOf(configurationOf(user));

  beforeAll(async () => {
    const users = ['admin', 'relay', 'projector', 'notifier', 'nobody'];
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    [cluster, database] = await Promise.all([
      startKafka({
        clientProtocol: 'SASL_PLAINTEXT',
        properties: {
          'listener.name.client.sasl.enabled.mechanisms': 'PLAIN',
          'listener.name.client.plain.sasl.jaas.config': `${plain} ${users.map((user) => `user_${user}="${user}"`).join(' ')};`,
          'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
          // The broker comes to itself without a name.
          'super.users': 'User:ANONYMOUS;User:admin',
        },
      }),
      createDatabase(),
    ]);
    const admin = new Kafka({
      brokers: cluster.brokers,
      logLevel: logLevel.NOTHING,
      sasl: { mechanism: 'plain', username: 'admin', password: 'admin' },
    }).admin();
    await admin.connect();
    expect(aclsInReadme().length).toBeGreaterThan(10);
    await admin.createAcls({ acl: aclsInReadme() });
    await admin.disconnect();
  }, 200_000);

  afterAll(async () => {
    await cluster?.stop();
    await database?.drop();
  });

  /** Publishes what is there, as the relay does from start to stop. */
  async function publishAll(): Promise<void> {
    const [kafka, stopping] = [new KafkaJs(accessOf('relay'), () => undefined), new AbortController()];
    const head = await store.head();
    const failures: unknown[] = [];
    const observer = {
      onStart: (position?: string) => position === head && stopping.abort(),
      onPublished: ({ position }: { position: string }) => position === head && stopping.abort(),
      onRetry: (error: unknown) => (failures.push(error), stopping.abort()),
    };
    await relay({ name: 'relay', store, kafka, origin, observer }, stopping.signal);
    await kafka.close();
    expect(failures).toEqual([]);
  }

  it('lets a relay make the topics, publish, and go on', async () => {
    for (const project of ['project-1', 'project-2']) {
      await live(store, project);
      await publishAll();
    }
  });

  it('lets a projector follow the topics', async () => {
    const kafka = new KafkaJsGroups(accessOf('projector'), () => undefined);
    const topic = new TopicSource({ kafka, store, group: 'luodi-projector', relay: 'relay', source: origin.source });
    const stopping = new AbortController();
    const [announced, events]: [string[], string[]] = [[], []];
    const reader = {
      begin: async (places: readonly { topic: string; partition: number }[]) =>
        places.map((place) => ({ ...place, next: 0n })),
      take: async (batch: { events: readonly { position: string }[] }) => {
        events.push(...batch.events.map(({ position }) => position));
        if (events.includes((await store.head())!)) stopping.abort();
        return true;
      },
      announce: async (position: string) => (announced.push(position), true),
    };
    await topic.follow(reader, stopping.signal);
    await kafka.close();
    expect(announced).toContain(await store.head());
  });

  it('lets a notifier consume, and start again where its topic is there', async () => {
    for (let time = 0; time < 2; time += 1) {
      const notifier = await startNotifier(
        { ...configurationOf('notifier'), auth: 'local' },
        loadNotifierSettings({}),
        {
          signals: false,
        },
      );
      const ready = async () => (await fetch(`${notifier.url}/health/ready`)).status === 200;
      while (!(await ready())) await delay(20);
      await notifier.close();
    }
  });

  it('lets nobody else do anything', async () => {
    const kafka = new KafkaJs(accessOf('nobody'), () => undefined);
    await expect(kafka.readLast(PROJECT_EVENTS.name, 'a')).rejects.toThrow(KafkaUnavailable);
    await kafka.close();
  });
});
