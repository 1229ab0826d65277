import { Module } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { CommandApiModule } from '../../apps/command-api/command-api.module';
import { ProjectorModule } from '../../apps/projector/projector.module';
import { QueryApiModule } from '../../apps/query-api/query-api.module';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createDatabase } from './database';

@Module({ imports: [CommandApiModule, ProjectorModule, QueryApiModule] })
class WholeModule {}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Recorded {
  id: string;
  revision: number;
  position: string;
}

/** Commands, projector and queries over one real port, on a database of their own, as the local operator. */
export interface WholeApi {
  databaseUrl: string;
  url: string;
  server: RunningServer;
  /** Asks again, as clients do, while the read models have not come as far as `after` says. */
  get<Body>(path: string, headers?: Record<string, string>): Promise<Answer<Body>>;
  /** Records something, and refuses any answer but success. */
  post(path: string, body: object, headers?: Record<string, string>): Promise<Recorded>;
  stop(): Promise<void>;
}

export async function startWholeApi(): Promise<WholeApi> {
  const database = await createDatabase();
  const env = { DATABASE_URL: database.url, AUTH: 'local', PORT: '0', LOG_LEVEL: 'silent' };
  const server = await startHttp(WholeModule, { configuration: loadConfiguration(env), signals: false });
  const api = `${server.url}/api/v1`;
  return {
    databaseUrl: database.url,
    url: server.url,
    server,
    get: async <Body>(path: string, headers: Record<string, string> = {}) => {
      for (;;) {
        const answer = await answerOf<Body>(await fetch(api + path, { headers }));
        if ((answer.body as { code?: string } | null)?.code !== 'not-yet-visible') return answer;
      }
    },
    post: async (path, body, extra) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...extra };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const answer = await answerOf<Recorded>(await fetch(api + path, init));
      if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    stop: async () => {
      await server.close();
      await database.drop();
    },
  };
}

async function answerOf<Body>(response: Response): Promise<Answer<Body>> {
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  const body = (isJson ? JSON.parse(text) : text) as Body;
  return { status: response.status, headers: response.headers, body };
}
