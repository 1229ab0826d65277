import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Apache Kafka itself, without Docker: fetched from Maven once, cached, and started as KRaft nodes on free ports of the
 * loopback address. For tests and trials; `npm run kafka` runs it until Ctrl-C. Runs under plain Node as well, so it
 * imports nothing of the project.
 */
const VERSION = '4.3.0';
const CACHE = resolve(process.env.LUODI_CACHE ?? join(process.cwd(), '.cache'), `kafka-${VERSION}`);

export interface KafkaCluster {
  /** `127.0.0.1:9092,…`, one for each node. */
  brokers: string[];
  /** `kill -9` of one node; its data stays. */
  kill(node: number): Promise<void>;
  /** Starts a killed node again, on its ports and data. */
  restart(node: number): Promise<void>;
  /** Stops all nodes and removes their folder. */
  stop(): Promise<void>;
}

export interface KafkaOptions {
  nodes?: 1 | 3;
  /** Of the first node. Default: any that is free. */
  port?: number;
  /** Over the defaults of server.properties. */
  properties?: Record<string, string>;
  /**
   * Clients come by a listener of their own, named CLIENT, of this protocol: `brokers` are its addresses. Everything else
   * about it comes with `properties` (`listener.name.client.…`).
   */
  clientProtocol?: 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';
  /** Users of SCRAM, as the storage tool takes them: `SCRAM-SHA-256=[name=…,password=…]`. */
  scramUsers?: string[];
}

interface Node {
  id: number;
  port: number;
  clientPort: number;
  controllerPort: number;
  folder: string;
  directoryId: string;
  process?: ChildProcess;
}

interface Plan {
  nodes: Node[];
  classPath: string;
  clusterId: string;
  options: KafkaOptions;
}

/** A JVM of our own for minutes: it should start fast, and leave the machine to what is tested. */
const JAVA = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];
/** Three nodes on a busy machine of two cores take a while. */
const PATIENCE_MS = 180_000;

/** Starts one node or three. @throws Error that says what to do when Java or Maven is missing or a node does not come up */
export async function startKafka(options: KafkaOptions = {}): Promise<KafkaCluster> {
  const classPath = join(await fetchKafka(), '*');
  const folder = join(tmpdir(), `luodi-kafka-${randomUUID()}`);
  const ports = await freePorts((options.nodes ?? 1) * 3);
  const nodes = Array.from({ length: options.nodes ?? 1 }, (_, index): Node => ({
    id: index + 1,
    port: ports[index * 3] as number,
    clientPort: ports[index * 3 + 1] as number,
    controllerPort: ports[index * 3 + 2] as number,
    folder: join(folder, `node-${index + 1}`),
    directoryId: uuid(),
  }));
  const [first] = nodes;
  if (first && options.port) first[options.clientProtocol ? 'clientPort' : 'port'] = options.port;
  const plan: Plan = { nodes, classPath, clusterId: uuid(), options };

  // However this process ends, short of being killed.
  const cleanUp = (): void => {
    for (const { process } of nodes) process?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  process.once('exit', cleanUp);
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => end(node, 'SIGKILL')));
    cleanUp();
    process.off('exit', cleanUp);
  };
  try {
    for (const node of nodes) await format(node, plan);
    await Promise.all(nodes.map((node) => start(node, classPath)));
  } catch (error) {
    await stop();
    throw error;
  }
  const nodeAt = (index: number): Node => nodes[index] ?? raise(`there is no node ${index}`);
  return {
    brokers: nodes.map(({ port, clientPort }) => `127.0.0.1:${options.clientProtocol ? clientPort : port}`),
    kill: (index) => end(nodeAt(index), 'SIGKILL'),
    restart: (index) => start(nodeAt(index), classPath),
    stop,
  };
}

/** Folder with Kafka's jars; fetched by Maven when the cache has none. */
export async function fetchKafka(): Promise<string> {
  const jars = join(CACHE, 'jars');
  if (existsSync(jars) && readdirSync(jars).length > 0) return jars;
  requireProgram('java', 'Java 17 or later (Debian: apt-get install default-jre-headless)');
  requireProgram('mvn', 'Maven (Debian: apt-get install maven)');
  const work = join(CACHE, `fetch-${process.pid}`);
  mkdirSync(work, { recursive: true });
  writeFileSync(join(work, 'pom.xml'), pom());
  const args = ['-q', '-B', 'dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'];
  await promisify(execFile)('mvn', args, { cwd: work, maxBuffer: 1e8 }).catch((error: Error & { stdout?: string }) =>
    raise(`Maven could not fetch Apache Kafka ${VERSION}: ${error.stdout ?? error.message}`),
  );
  // Two processes may fetch at once; whoever comes second finds the work done.
  if (!existsSync(jars)) renameSync(join(work, 'jars'), jars);
  rmSync(work, { recursive: true, force: true });
  return jars;
}

async function format(node: Node, { nodes, classPath, clusterId, options }: Plan): Promise<void> {
  mkdirSync(node.folder, { recursive: true });
  const replicas = String(nodes.length);
  const minimum = nodes.length > 1 ? '2' : '1';
  const { clientProtocol, scramUsers = [] } = options;
  const own = `PLAINTEXT://127.0.0.1:${node.port}`;
  const offered = clientProtocol ? `${own},CLIENT://127.0.0.1:${node.clientPort}` : own;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    'controller.quorum.bootstrap.servers': nodes.map((other) => `127.0.0.1:${other.controllerPort}`).join(),
    listeners: `${offered},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': offered,
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:${clientProtocol ?? 'PLAINTEXT'}`,
    'log.dirs': join(node.folder, 'data'),
    'default.replication.factor': replicas,
    'min.insync.replicas': minimum,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': minimum,
    'transaction.state.log.num.partitions': '4',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    // A killed node may come back when its old session has ended.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
    ...options.properties,
  };
  const file = join(node.folder, 'server.properties');
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
  );
  const voters = nodes.map((other) => `${other.id}@127.0.0.1:${other.controllerPort}:${other.directoryId}`).join();
  const quorum = nodes.length === 1 ? ['--standalone'] : ['--initial-controllers', voters];
  const users = scramUsers.flatMap((user) => ['--add-scram', user]);
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', file, ...quorum, ...users];
  const args = [...JAVA, '-cp', classPath, ...tool];
  await promisify(execFile)('java', args, { maxBuffer: 1e8 }).catch((error: Error & { stderr?: string }) =>
    raise(`Kafka could not format ${node.folder}: ${error.stderr ?? error.message}`),
  );
}

/** Resolves when the node takes connections and its log says that it is up. */
async function start(node: Node, classPath: string): Promise<void> {
  const logFile = join(node.folder, 'server.log');
  const log = openSync(logFile, 'a');
  const seen = readFileSync(logFile, 'utf8').length;
  const java = [...JAVA, '-cp', classPath, 'kafka.Kafka', join(node.folder, 'server.properties')];
  const child = spawn('java', java, { stdio: ['ignore', log, log] });
  node.process = child;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const text = readFileSync(logFile, 'utf8').slice(seen);
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      raise(`Kafka node ${node.id} did not start:\n${text.slice(-4000)}`);
    }
    if (/Kafka Server started/.test(text) && (await answers(node.port))) return;
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

async function end(node: Node, signal: NodeJS.Signals): Promise<void> {
  const child = node.process;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = new Socket();
    const finish = (reached: boolean): void => {
      socket.destroy();
      done(reached);
    };
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
    socket.connect(port, '127.0.0.1');
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

function requireProgram(name: string, what: string): void {
  const found = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
  if (!found) raise(`${name} is not on the PATH: install ${what}, or set KAFKA_BROKERS to use a cluster of your own`);
}

/** A Kafka id: 16 random bytes in URL-safe base64, not beginning with a hyphen. */
function uuid(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? uuid() : id;
}

function raise(message: string): never {
  throw new Error(message);
}

function pom(): string {
  const dependency = (group: string, artifact: string, version: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>luodi</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependency('org.apache.kafka', 'kafka_2.13', VERSION)}${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}</dependencies></project>`;
}

async function main(): Promise<void> {
  const nodes = process.argv.includes('--nodes=3') ? 3 : 1;
  const port = Number(process.env.KAFKA_PORT) || undefined;
  // Its exit handler cleans up, also while it is still starting.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(0));
  process.stdout.write(`Apache Kafka ${VERSION}, ${nodes} node(s), starting …\n`);
  const cluster = await startKafka({ nodes, port });
  process.stdout.write(`KAFKA_BROKERS=${cluster.brokers.join()}\n(Ctrl-C stops it and removes its data)\n`);
}

if (require.main === module) {
  main().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
