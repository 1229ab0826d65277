import { randomUUID } from 'node:crypto';
import { proposalOf } from '../../test/support/random-projects';
import { Ground, openGround, Recorder } from '../../test/support/read-models';
import { livePosition } from '../../libs/read-models/generation';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { startHttp } from '../../libs/runtime/http-server';
import { ProjectorModule } from './projector.module';

let ground: Ground;

beforeEach(async () => {
  ground = await openGround();
});

afterEach(() => ground.close());

/** Its connections have a name of their own: the server serves other tests meanwhile, and this one too. */
const start = (more: Record<string, string> = {}) => {
  const env = {
    DATABASE_URL: `${ground.url}?application_name=app`,
    PORT: '0',
    AUTH: 'local',
    LOG_LEVEL: 'silent',
    ...more,
  };
  return startHttp(ProjectorModule, { configuration: loadConfiguration(env), signals: false });
};

async function connectionsOfTheApp(): Promise<number> {
  const { rows } = await ground.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'app'`,
  );
  return rows[0]!.n;
}

test('the app projects what is recorded, tells how it is, and stops cleanly', async () => {
  const position = await new Recorder(ground.store).record(randomUUID(), { type: 'Propose', data: proposalOf(1) });
  const { url, close } = await start();
  try {
    while ((await livePosition(ground.pool)) !== position);
    expect(await connectionsOfTheApp()).toBeGreaterThan(0);
    const health = await fetch(`${url}/health/ready`);
    expect([health.status, await health.json()]).toMatchObject([200, { parts: { projector: 'up' } }]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/^luodi_projection_lag_events 0$/m);
    expect(metrics).toMatch(/^luodi_projection_lag_seconds 0$/m);
    expect(metrics).toMatch(/^luodi_parked_streams 0$/m);
  } finally {
    await close();
  }
  while ((await connectionsOfTheApp()) > 0);
});

test('a process whose projector cannot go on is not ready', async () => {
  const first = await start();
  while ((await ground.pool.query(`SELECT to_regclass('read_models.generation') AS t`)).rows[0].t === null);
  await first.close();
  await ground.pool.query(`UPDATE read_models.generation SET store_id = 'postgres:another'`);
  const { url, close } = await start();
  try {
    while ((await fetch(`${url}/health/ready`)).status === 200);
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({
      parts: { projector: expect.stringMatching(/^down/) },
    });
  } finally {
    await close();
  }
});

test('a projector that is to read topics must be told the brokers', async () => {
  await expect(start({ PROJECTOR_SOURCE: 'topic' })).rejects.toThrow(
    /KAFKA_BROKERS is missing: PROJECTOR_SOURCE=topic/,
  );
  await expect(async () => start({ PROJECTOR_SOURCE: 'kafka' })).rejects.toThrow(/PROJECTOR_SOURCE must be one of/);
});
