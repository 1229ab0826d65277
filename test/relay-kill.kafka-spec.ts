import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { Origin } from '../libs/topics/origin';
import { createDatabase } from './support/database';
import { describeKafka, testBrokers } from './support/kafka';
import { load } from './support/lives';
import { expectPublished } from './support/published';
import { build, freePort, ServerProcess } from './support/server-process';

const KILLS = Number(process.env.LUODI_RELAY_KILLS ?? 5);
/** Long enough to take over and to publish some; every third is killed before it can have started. */
const LONGEST_LIFE_MS = 700;

describeKafka(`the relay is killed ${KILLS} times under load`, () => {
  const brokers = testBrokers() as string[];
  const name = `kill-${randomUUID()}`;
  const origin: Origin = { source: `/luodi/${name}`, publicUrl: 'https://luodi.example' };
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let store: PostgresEventStore;
  let port: number;
  let relay: ServerProcess;

  const start = () => {
    const env = {
      DATABASE_URL: database.url,
      KAFKA_BROKERS: brokers.join(),
      RELAY_NAME: name,
      EVENT_SOURCE: origin.source,
      PUBLIC_URL: origin.publicUrl,
      PORT: String(port),
      AUTH: 'local',
      LOG_LEVEL: 'error',
      // kafkajs is patient with brokers in tests, and else is not.
      NODE_ENV: 'production',
    };
    relay = ServerProcess.start(['dist/apps/relay/main.js'], env);
  };
  const metric = async (metricName: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    return Number(new RegExp(`^${metricName} (.+)$`, 'm').exec(await response.text())?.[1]);
  };

  beforeAll(async () => {
    await build();
    database = await createDatabase();
    store = await PostgresEventStore.open(database.url);
    port = await freePort();
  }, 300_000);

  afterAll(async () => {
    await relay?.end('SIGKILL');
    await store?.close();
    await database?.drop();
  });

  it(
    'and its readers see every event once, in order',
    async () => {
      const stop = new AbortController();
      const loading = load(store, 3, stop.signal);
      for (let kill = 0; kill < KILLS; kill += 1) {
        start();
        if (kill % 3 > 0) await relay.ready(`http://127.0.0.1:${port}`);
        await delay(Math.random() * LONGEST_LIFE_MS);
        await relay.end('SIGKILL');
      }
      start();
      await relay.ready(`http://127.0.0.1:${port}`);
      expect(await metric('luodi_relay_stopped')).toBe(0);
      stop.abort();
      await loading;
      await relay.until('everything to be published', async () => (await metric('luodi_relay_lag_events')) === 0);
      // Nest raises the signal again when everything is closed.
      expect(await relay.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
      expect(relay.output).toMatch(/^Luodi: relay: http\S+ .*\n$/);
      const messages = await expectPublished(store, brokers, origin);
      process.stderr.write(`${KILLS} kills, ${messages} messages\n`);
      expect(messages).toBeGreaterThan(KILLS * 10);
    },
    120_000 + KILLS * 15_000,
  );
});
