import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresEventStore } from '../libs/event-store/postgres/postgres-event-store';
import { Origin } from '../libs/topics/origin';
import { createDatabase } from './support/database';
import { describeKafka, testBrokers } from './support/kafka';
import { load } from './support/lives';
import { expectPublished } from './support/published';
import { build, freePort, ServerProcess } from './support/server-process';
import { transactionsOf } from './support/transactions';

const KILLS = Number(process.env.LUODI_RELAY_KILLS ?? 15);
const WRITERS = 3;
/** At work, a relay is killed after so long at the latest. */
const LONGEST_LIFE_MS = 1_000;

/** A store under load, and relay processes that publish it under one name. */
class Ground {
  readonly name = `kill-${randomUUID()}`;
  readonly origin: Origin = { source: `/luodi/${this.name}`, publicUrl: 'https://luodi.example' };
  private readonly stop = new AbortController();
  private readonly relays: Relay[] = [];
  private loading: Promise<void> = Promise.resolve();

  private constructor(
    readonly brokers: string[],
    readonly store: PostgresEventStore,
    private readonly database: Awaited<ReturnType<typeof createDatabase>>,
  ) {}

  static async open(): Promise<Ground> {
    const database = await createDatabase();
    return new Ground(testBrokers() as string[], await PostgresEventStore.open(database.url), database);
  }

  startLoad(): void {
    this.loading = load(this.store, WRITERS, this.stop.signal);
  }

  async endLoad(): Promise<void> {
    this.stop.abort();
    await this.loading;
  }

  async start(logLevel = 'error'): Promise<Relay> {
    const port = await freePort();
    const env = {
      DATABASE_URL: this.database.url,
      KAFKA_BROKERS: this.brokers.join(),
      RELAY_NAME: this.name,
      EVENT_SOURCE: this.origin.source,
      PUBLIC_URL: this.origin.publicUrl,
      PORT: String(port),
      AUTH: 'local',
      LOG_LEVEL: logLevel,
      // kafkajs is patient with brokers in tests, and else is not.
      NODE_ENV: 'production',
    };
    const process = ServerProcess.start(['dist/apps/relay/main.js'], env);
    const relay = new Relay(process, `http://127.0.0.1:${port}`);
    this.relays.push(relay);
    return relay;
  }

  /** @returns how many messages there are */
  expectPublished(): Promise<number> {
    return expectPublished(this.store, this.brokers, this.origin);
  }

  async close(): Promise<void> {
    this.stop.abort();
    await Promise.allSettled([this.loading, ...this.relays.map(({ process }) => process.end('SIGKILL'))]);
    await this.store.close();
    await this.database.drop();
  }
}

class Relay {
  constructor(
    readonly process: ServerProcess,
    readonly url: string,
  ) {}

  ready(): Promise<void> {
    return this.process.ready(this.url);
  }

  /** It has said where it listens; now it takes over. */
  listening(): Promise<void> {
    return this.process.until('its address', () => this.process.stdout.includes('http://'));
  }

  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.url}/metrics`);
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(await response.text())?.[1]);
  }

  /** To be asked first when no more is written: a lag is told again for a second, also one from before the last event. */
  caughtUp(): Promise<void> {
    return this.process.until(
      'everything to be published',
      async () => (await this.metric('luodi_relay_lag_events')) === 0,
    );
  }
}

describeKafka('relay processes', () => {
  let ground: Ground;
  beforeAll(build, 300_000);
  beforeEach(async () => {
    ground = await Ground.open();
  });
  afterEach(() => ground?.close());

  it(
    `are killed ${KILLS} times under load, and their readers see every event once, in order`,
    async () => {
      const started = performance.now();
      const moments = { 'before it listened': 0, 'while it took over': 0, 'at work': 0 };
      ground.startLoad();
      for (let kill = 0; kill < KILLS; kill += 1) {
        const relay = await killedAtRandom(kill, moments);
        expect(relay.process.output).toMatch(/^(Luodi: relay: http\S+ .*\n)?$/);
      }
      const last = await ground.start();
      await last.ready();
      await ground.endLoad();
      await last.caughtUp();
      expect(await last.metric('luodi_relay_stopped')).toBe(0);
      // Nest raises the signal again when everything is closed.
      expect(await last.process.end('SIGTERM')).toEqual({ code: null, signal: 'SIGTERM' });
      const seconds = (performance.now() - started) / 1000;
      const messages = await ground.expectPublished();
      const { takeovers, batches } = await transactionsOf(ground.brokers, ground.name);
      process.stderr.write(
        `${KILLS} kills in ${seconds.toFixed(0)} s: ${JSON.stringify(moments)}; ${messages} messages in ` +
          `${batches.committed} transactions; cut short: ${batches.aborted} transactions, ${takeovers.aborted} takeovers\n`,
      );
      expect(messages).toBeGreaterThan(KILLS * 10);
      // About one in four hits a transaction; a few kills may all miss.
      expect(batches.aborted + takeovers.aborted).toBeGreaterThanOrEqual(Math.floor(KILLS / 20));
      expect(takeovers.committed).toBeGreaterThanOrEqual(moments['at work'] + 1);
    },
    120_000 + KILLS * 15_000,
  );

  /** How long the relay before took to listen, and from then on to take over. */
  let typicalMs = { toListen: 1_000, toTakeOver: 500 };

  /** One in six before it listens, two in six while it takes over, the others at work. */
  const killedAtRandom = async (kill: number, moments: Record<string, number>): Promise<Relay> => {
    const started = performance.now();
    const relay = await ground.start();
    const when = ['before it listened', 'while it took over', 'while it took over'][kill % 6] ?? 'at work';
    moments[when] = (moments[when] ?? 0) + 1;
    if (when === 'before it listened') {
      await delay(Math.random() * typicalMs.toListen);
    } else if (when === 'while it took over') {
      await relay.listening();
      await delay(Math.random() * typicalMs.toTakeOver);
    } else {
      await relay.listening();
      const listening = performance.now();
      await relay.ready();
      typicalMs = { toListen: listening - started, toTakeOver: performance.now() - listening };
      await delay(Math.random() * LONGEST_LIFE_MS);
    }
    await relay.process.end('SIGKILL');
    return relay;
  };

  it('of one name: the older is fenced, says so, and leaves it at that; the newer works', async () => {
    ground.startLoad();
    const older = await ground.start('warn');
    await older.ready();
    const newer = await ground.start('warn');
    await newer.ready();
    await older.process.until('being fenced', () => /has stopped: Fenced/.test(older.process.output));
    await ground.endLoad();
    await newer.caughtUp();
    const health = await fetch(`${older.url}/health/ready`);
    expect({ status: health.status, body: await health.json() }).toEqual({
      status: 503,
      body: { status: 'down', parts: expect.objectContaining({ relay: 'down' }) as object },
    });
    expect((await fetch(`${older.url}/health/live`)).status).toBe(200);
    expect(older.process.output.match(/has stopped: .*another producer has taken over/g)).toHaveLength(1);
    expect(newer.process.output).not.toMatch(/has stopped/);
    await ground.expectPublished();
    // Two: the older one has not tried to take back what it lost.
    const { takeovers } = await transactionsOf(ground.brokers, ground.name);
    expect(takeovers).toEqual({ committed: 2, aborted: 0 });
  });
});
