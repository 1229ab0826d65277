import { NestFactory } from '@nestjs/core';
import { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DynamicModule, Type } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { Configuration } from './configuration';
import { createAdapter, equip } from './http/fastify';
import { serveOpenApi } from './http/openapi';
import { codeOf } from './http/problem-of';
import { createLog, nestLogger } from './logging';
import { Metrics } from './metrics';
import { RuntimeModule } from './runtime.module';

export interface HttpServerOptions {
  configuration: Configuration;
  /** Shown above the OpenAPI document. */
  title?: string;
  /** Close the app on SIGINT and SIGTERM. Default true; false for a caller that has more to stop than this app. */
  signals?: boolean;
  /** Where log lines are written. Default: stderr. */
  logStream?: DestinationStream;
}

export interface RunningServer {
  /** Where to reach it, such as `http://127.0.0.1:3000`. */
  url: string;
  app: NestFastifyApplication;
  /** Stops taking requests, lets running ones finish, closes everything the modules opened. */
  close: () => Promise<void>;
}

/** The address or port cannot be listened on. */
export class CannotListen extends Error {
  override readonly name = 'CannotListen';
}

class App {}

/**
 * Starts an app over HTTP: the module of one app, or several in one process, on top of {@link RuntimeModule}. All routes
 * need a caller unless they are `@Public()`, errors are problem details, and OpenAPI stands at `/docs`.
 * @throws CannotListen when the port is in use; whatever a module throws while it starts
 */
export async function startHttp(
  module: Type | DynamicModule,
  { configuration, title = 'Luodi', signals = true, logStream }: HttpServerOptions,
): Promise<RunningServer> {
  const log = createLog(configuration, logStream);
  const root = { module: App, imports: [RuntimeModule.with(configuration, log), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(), {
    abortOnError: false,
    bodyParser: false,
    logger: nestLogger(log),
  });
  try {
    equip(app, app.get(Metrics), log);
    serveOpenApi(app, title);
    if (signals) app.enableShutdownHooks(['SIGINT', 'SIGTERM']);
    await app.listen(configuration.port, configuration.host);
  } catch (error) {
    await app.close();
    throw listenError(error, configuration);
  }
  return { url: urlOf(app), app, close: () => app.close() };
}

function urlOf(app: NestFastifyApplication): string {
  const address = app.getHttpServer().address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const host = WILDCARDS[address.address] ?? address.address;
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** Nobody can call a wildcard address; this machine answers under its own. */
const WILDCARDS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

function listenError(error: unknown, { host, port }: Configuration): unknown {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') {
    return new CannotListen(`port ${port} of ${host} is in use by another program: stop it, or set PORT`);
  }
  if (code === 'EACCES') return new CannotListen(`port ${port} of ${host} may not be used: set PORT above 1023`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new CannotListen(`${host} is no address of this machine: set HOST`);
  }
  return error;
}
