import { once } from 'node:events';
import { EmbeddedPostgres, startEmbeddedPostgres } from '../../libs/postgres/embedded-postgres';
import { Configuration, loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { DATA_FOLDER, DEMO_FOLDER } from '../cli/session';
import { showDemo } from './demo';
import { freePortFrom } from './free-port';
import { StandaloneModule } from './standalone.module';

export const MODES = ['start', 'demo'] as const;
export type Mode = (typeof MODES)[number];

export function isMode(text: string): text is Mode {
  return (MODES as readonly string[]).includes(text);
}

type Database = Pick<EmbeddedPostgres, 'url' | 'lost' | 'stop'>;

/** Runs everything in this process until the signal aborts, then stops it in the reverse order. */
export async function run(mode: Mode, signal: AbortSignal): Promise<void> {
  const database = await openDatabase(mode, signal);
  try {
    const configuration = await configure(mode, database.url);
    const server = await startHttp(StandaloneModule.with(configuration), { configuration, signals: false });
    try {
      signal.throwIfAborted();
      if (mode === 'demo') await showDemo(server, signal);
      else greet(server, configuration);
      await untilStopped(database, signal);
      console.log('\nStopping … 正在停止 …');
    } finally {
      await server.close();
    }
  } finally {
    await database.stop();
  }
}

async function openDatabase(mode: Mode, signal: AbortSignal): Promise<Database> {
  const url = process.env.DATABASE_URL?.trim();
  if (url) return { url, lost: new Promise(() => undefined), stop: async () => undefined };
  const folder = process.env.DATA_FOLDER?.trim() || (mode === 'demo' ? DEMO_FOLDER : DATA_FOLDER);
  console.log(`Starting PostgreSQL in ${folder} … 正在启动数据库 …`);
  return startEmbeddedPostgres(folder, { purpose: mode === 'demo' ? 'npm run demo' : 'npm start', signal });
}

/** The environment decides; what it leaves open suits a terminal, and for the demo one person on one machine. */
async function configure(mode: Mode, databaseUrl: string): Promise<Configuration> {
  const defaults = { LOG_FORMAT: 'pretty', LOG_LEVEL: 'warn', ...(mode === 'demo' && { AUTH: 'local' }) };
  const configuration = loadConfiguration({ ...defaults, ...process.env, DATABASE_URL: databaseUrl });
  const { port, host } = configuration;
  if (mode === 'demo' && !process.env.PORT) {
    configuration.port = await freePortFrom(port, host);
    if (configuration.port !== port)
      console.log(`Port ${port} is in use, taking ${configuration.port}. 端口被占用，改用下一个。`);
  }
  return configuration;
}

function greet(server: RunningServer, configuration: Configuration): void {
  console.log(`\nLuodi runs 落地已启动: ${server.url}   API: ${server.url}/docs   (Ctrl-C stops it)`);
  if (configuration.auth === 'local') return;
  console.log(
    'Callers need a token 访问需要令牌:\n' +
      '  npm run luodi -- token create --subject you --name "Your name" --unit "Your unit" --role administrator',
  );
}

/** @throws Error when the embedded PostgreSQL goes away by itself */
async function untilStopped(database: Database, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const lost = await Promise.race([once(signal, 'abort').then(() => undefined), database.lost]);
  if (lost !== undefined) throw new Error(lost);
}
