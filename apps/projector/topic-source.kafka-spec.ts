import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describeKafka, openKafka, testBrokers } from '../../test/support/kafka';
import { live, load } from '../../test/support/lives';
import { dump, Ground, openGround, PROGRAMME } from '../../test/support/read-models';
import { LIVE, livePosition, loadGeneration } from '../../libs/read-models/generation';
import { project, ProjectorStopped } from '../../libs/read-models/projector';
import { rebuild } from '../../libs/read-models/rebuild';
import { Visibility } from '../../libs/read-models/wait-for';
import { KafkaJs } from '../../libs/topics/kafkajs/kafkajs-kafka';
import { KafkaJsGroups } from '../../libs/topics/kafkajs/kafkajs-groups';
import { relay } from '../../libs/topics/relay';
import { TopicSource } from './topic-source';

const PATIENCE_MS = 60_000;

describeKafka('a projector on the topics', () => {
  let ground: Ground;
  let visibility: Visibility;
  let kafka: KafkaJs;
  let name: string;
  const running: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    ground = await openGround();
    visibility = new Visibility(ground.url, ground.pool, ground.store);
    kafka = openKafka();
    name = `projector-${randomUUID()}`;
  });

  afterEach(async () => {
    await Promise.all(running.splice(0).map((stop) => stop()));
    await visibility.close();
    await kafka.close();
    await ground.close();
  });

  function run(work: (signal: AbortSignal) => Promise<void>) {
    const aborting = new AbortController();
    const done = work(aborting.signal);
    done.catch(() => undefined);
    const stop = async () => {
      aborting.abort();
      await done;
    };
    running.push(() => stop().catch(() => undefined));
    return { stop, done };
  }

  const publish = () => {
    const origin = { source: `/luodi/${name}`, publicUrl: 'https://luodi.example' };
    return run((signal) => relay({ name, store: ground.store, kafka, origin }, signal));
  };

  const onTopic = () =>
    run(async (signal) => {
      const groups = new KafkaJsGroups({ brokers: testBrokers() as string[] }, () => undefined);
      const { store, projections: pool } = ground;
      const topic = new TopicSource({ kafka: groups, store, group: name, relay: name, source: `/luodi/${name}` });
      try {
        await project({ pool, store, programme: PROGRAMME, topic }, signal);
      } finally {
        await groups.close();
      }
    });

  const onStore = () =>
    run((signal) => project({ pool: ground.projections, store: ground.store, programme: PROGRAMME }, signal));

  const head = async () => (await ground.store.head()) as string;
  const visible = async () => visibility.waitFor(await head(), PATIENCE_MS);
  const liveSome = async (count: number) => {
    for (let each = 0; each < count; each += 1) await live(ground.store, `project-${randomUUID()}`);
    await live(ground.store, `conference-c${randomUUID()}`);
  };

  async function expectAsFromTheStore(): Promise<void> {
    const before = await dump(ground.pool, LIVE);
    expect(before.projects).not.toEqual([]);
    expect(before.conferences).not.toEqual([]);
    const { projections: pool, store } = ground;
    await rebuild({ pool, store, programme: PROGRAMME });
    expect(before).toEqual(await dump(ground.pool, LIVE));
  }

  it('has the read models that one on the store has, what was published before it and after', async () => {
    publish();
    await liveSome(5);
    onTopic();
    await visible();
    await liveSome(5);
    await visible();
    await expectAsFromTheStore();
    // The rebuilt read models go on where the old ones were.
    await liveSome(1);
    await visible();
    await expectAsFromTheStore();
  });

  it('makes one lone event visible, though all other partitions are quiet', async () => {
    publish();
    await liveSome(1);
    onTopic();
    await visible();
    for (let each = 0; each < 3; each += 1) {
      await live(ground.store, `project-${randomUUID()}`);
      await visible();
    }
  });

  it('shares the work with others, and never claims more than it shows', async () => {
    publish();
    const projectors = [onTopic(), onTopic()];
    const stop = new AbortController();
    const loading = load(ground.store, 3, stop.signal);
    projectors.push(onTopic());
    const positions = new Set<string>();
    const seen = async (count: number) => {
      while (positions.size < count) {
        positions.add(await expectComplete());
        await delay(20);
      }
    };
    await seen(10);
    await projectors[0]?.stop();
    await seen(20);
    stop.abort();
    await loading;
    await visible();
    await expectAsFromTheStore();
  });

  /** In one snapshot: everything up to the position of the read models is in them. */
  async function expectComplete(): Promise<string> {
    const client = await ground.pool.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const exists = await client.query(`SELECT to_regclass('read_models.generation') AS found`);
      const position = exists.rows[0].found === null ? undefined : await livePosition(client as never);
      if (position === undefined) return '';
      const { rows: behind } = await client.query(
        `SELECT stream, max(revision) AS revision FROM event_store.events WHERE position <= $1::bigint GROUP BY stream
         HAVING max(revision) > coalesce(
           (SELECT revision FROM read_models.projects WHERE stream = 'project-' || id),
           (SELECT revision FROM read_models.conferences WHERE stream = 'conference-' || id), -1)`,
        [position],
      );
      expect(behind).toEqual([]);
      return position;
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  it('goes on where one on the store was, and the other way round', async () => {
    publish();
    await liveSome(3);
    let projector = onStore();
    await visible();
    await projector.stop();
    await liveSome(3);
    projector = onTopic();
    await visible();
    const switched = onStore();
    await liveSome(3);
    // One that has nothing to write any more learns of it with the next event.
    while ((await loadGeneration(ground.pool, LIVE))?.source !== 'store') await delay(20);
    await liveSome(1);
    await expect(projector.done).rejects.toThrow(ProjectorStopped);
    await visible();
    await switched.stop();
    onTopic();
    await liveSome(1);
    await visible();
    await expectAsFromTheStore();
  });
});
