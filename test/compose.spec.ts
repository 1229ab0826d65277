import { existsSync, readFileSync } from 'node:fs';
import { parseConnectionString } from '@eventstore/db-client/dist/Client/parseConnectionString';
import { parse } from 'yaml';
import { loadNotifierSettings } from '../apps/notifier/settings';
import { loadConfiguration } from '../libs/runtime/configuration';

const BASE = 'deploy/compose.yaml';
/** The others are laid over the base. */
const EVENTSTOREDB = ['deploy/eventstoredb/compose.yaml', 'deploy/eventstoredb/compose.three-nodes.yaml'];
const FILES = [BASE, 'deploy/compose.three-brokers.yaml', 'deploy/compose.existing-kafka.yaml', ...EVENTSTOREDB];
const OURS = 'luodi:';

/** A whole version: neither `latest` nor a tag that moves. */
const pinned = expect.stringMatching(/^[a-z/.-]+:\d+\.\d+(\.\d+)?$/) as string;

const REFERENCE = /\$\{(\w+)(?::[-?]([^}]*))?\}/g;

interface Service {
  image?: string;
  command?: string[];
  /** `no` of what runs once and ends. */
  restart?: string;
  environment?: Record<string, string | number>;
  volumes?: string[];
  profiles?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes?: Record<string, null>;
}

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  dependencies: Record<string, string>;
};
const example = variablesIn(readFileSync('deploy/.env.example', 'utf8'));
const dockerfile = readFileSync('deploy/Dockerfile', 'utf8');

describe.each(FILES)('%s', (file) => {
  const base = composeIn(BASE).services;
  const { services, volumes = {} } = composeIn(file);
  const all = Object.entries(services).map(([name, service]) => ({
    ...service,
    name,
    image: service.image ?? base[name]?.image ?? '',
    environment: { ...base[name]?.environment, ...service.environment },
  }));
  const ours = all.filter(({ image, restart }) => image.startsWith(OURS) && restart !== 'no');

  it('pins every image', () => {
    for (const { name, image } of all) expect({ name, image }).toEqual({ name, image: pinned });
    for (const { image } of ours) expect(image).toBe(`${OURS}${version}`);
  });

  it.each(ours)('gives $name only what it knows, and what it takes', ({ name, environment }) => {
    const read = new Set<string>();
    const values = textsOf(environment);
    const env = new Proxy(values, { get: (target, variable: string) => (read.add(variable), target[variable]) });
    loadConfiguration(env);
    if (name === 'notifier') loadNotifierSettings(env);
    expect(Object.keys(values).filter((variable) => !read.has(variable))).toEqual([]);
  });

  it('gives apps that must agree on the same thing the same, also where it is set in .env', () => {
    const chosen = {
      RELAY_NAME: 'chosen',
      EVENT_SOURCE: '/chosen',
      PROJECTOR_GROUP: 'chosen',
      PROJECTOR_SOURCE: 'topic',
    };
    const [under, over] = [composeIn(BASE, chosen).services, composeIn(file, chosen).services];
    const configured = (app: string) =>
      loadConfiguration(textsOf({ ...under[app]?.environment, ...over[app]?.environment }));
    for (const app of ['relay', 'projector', 'query-api']) expect(configured(app).eventSource).toBe('/chosen');
    for (const app of ['relay', 'projector']) expect(configured(app).relayName).toBe('chosen');
    expect(configured('projector')).toMatchObject({ projectorGroup: 'chosen', projectorSource: 'topic' });
  });

  it('runs apps that there are', () => {
    for (const { command: [program, main = ''] = [] } of ours.filter(({ command }) => command)) {
      expect(program).toBe('node');
      expect(existsSync(main.replace(/^dist\/(.*)\.js$/, '$1.ts'))).toBe(true);
    }
  });

  it('names its volumes, and asks for nothing that .env.example does not show', () => {
    const mounted = all.flatMap((service) => service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    const named = new Set(mounted.filter((name) => !name.startsWith('.')));
    expect([...named].sort()).toEqual(Object.keys(volumes).sort());
    // Relative to the base file, whatever is laid over it. What is not in the repository is made by whoever needs it.
    for (const name of mounted.filter((path) => path.endsWith('.mjs'))) {
      expect({ name, exists: existsSync(`deploy/${name}`) }).toEqual({ name, exists: true });
    }
    expect(Object.keys(example)).toEqual(expect.arrayContaining(referencesIn(file)));
  });

  const brokers = all.filter(({ image, profiles }) => image.startsWith('apache/kafka:') && !profiles);
  const ownBrokers = file === BASE ? 1 : file.includes('three-brokers') ? 3 : 0;
  it(`has ${ownBrokers} brokers, which know each other and are known`, () => {
    expect(brokers).toHaveLength(ownBrokers);
    if (ownBrokers === 0) return;
    const addresses = brokers.map(({ name }) => `${name}:19092`);
    const voters = brokers.map(({ name, environment }) => `${environment.KAFKA_NODE_ID}@${name}:9093`).join();
    for (const { name, environment } of brokers) {
      expect(environment).toMatchObject({
        KAFKA_CONTROLLER_QUORUM_VOTERS: voters,
        KAFKA_DEFAULT_REPLICATION_FACTOR: brokers.length,
        KAFKA_ADVERTISED_LISTENERS: expect.stringContaining(`INTERNAL://${name}:19092`) as string,
      });
    }
    const clients = ours.filter(({ environment }) => 'KAFKA_BROKERS' in environment);
    expect(clients.length).toBeGreaterThan(1);
    for (const { environment } of clients) expect(environment.KAFKA_BROKERS).toBe(addresses.join());
  });
});

describe.each(EVENTSTOREDB)('%s', (file) => {
  const { services } = composeIn(file);
  const nodes = Object.entries(services).filter(([, { image }]) => image?.includes('/eventstoredb'));
  const settings = nodes.map(([name, { environment = {} }]) => ({ name, environment }));
  const size = file.includes('three-nodes') ? 3 : 1;

  it(`has ${size} nodes of a version that the client knows, which find each other`, () => {
    expect(nodes).toHaveLength(size);
    for (const [, { image }] of nodes) expect(image).toMatch(/:24\.10\.\d+$/);
    for (const { name, environment } of settings) {
      expect(environment.EVENTSTORE_CLUSTER_SIZE).toBe(size);
      if (size === 1) continue;
      const others = nodes.map(([other]) => other).filter((other) => other !== name);
      expect(environment).toMatchObject({
        EVENTSTORE_GOSSIP_SEED: others.map((other) => `${other}:2113`).join(),
        EVENTSTORE_NODE_HOST_ADVERTISE_AS: name,
        EVENTSTORE_REPLICATION_HOST_ADVERTISE_AS: name,
        EVENTSTORE_CERTIFICATE_FILE: `/certs/${name}/node.crt`,
      });
    }
  });

  it('goes without TLS and users in the trial of one node only', () => {
    for (const { environment } of settings)
      expect(environment.EVENTSTORE_INSECURE).toBe(size === 1 ? 'true' : undefined);
  });

  it('is the event store of every app that has one, by all its nodes', () => {
    const apps = ['command-api', 'projector', 'query-api', 'relay'];
    for (const app of apps) {
      const { EVENT_STORE, EVENTSTOREDB_URL = '' } = services[app]?.environment ?? {};
      const { hosts, tls } = parseUrl(String(EVENTSTOREDB_URL));
      expect({ app, EVENT_STORE, hosts, tls }).toEqual({
        app,
        EVENT_STORE: 'eventstoredb',
        hosts: nodes.map(([name]) => `${name}:2113`),
        tls: size > 1,
      });
    }
  });
});

/** By the client itself, which refuses what it cannot read and warns of options that it does not know. */
function parseUrl(url: string): { hosts: string[]; tls: boolean } {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { hosts, tls = true } = parseConnectionString(url);
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  return { hosts: hosts.map(({ address, port }) => `${address}:${port}`), tls };
}

it('builds the image from what there is, with the Node of the lock file', () => {
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(bases.length).toBeGreaterThan(0);
  for (const image of bases) expect(image).toMatch(new RegExp(`^node:${dependencies.node}-`));
  const copied = [...dockerfile.matchAll(/^COPY --from=build (.+) \S+$/gm)].flatMap(([, paths = '']) =>
    paths.split(' '),
  );
  const made = ['node_modules', 'dist'];
  for (const path of copied.map((name) => name.replace('/luodi/', ''))) {
    expect({ path, exists: made.includes(path) || existsSync(path) }).toEqual({ path, exists: true });
  }
});

it('shows in .env.example what is asked for', () => {
  const asked = FILES.flatMap(referencesIn);
  expect(Object.keys(example).filter((name) => !asked.includes(name))).toEqual([]);
});

function textsOf(environment: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).map(([variable, value]) => [variable, String(value)]));
}

/** As Compose would read it, where .env.example has been copied and filled in, with `chosen` over it. */
function composeIn(file: string, chosen: Record<string, string> = {}): Compose {
  const given = {
    KAFKA_BROKERS: 'kafka.example:9093',
    EVENTSTOREDB_PASSWORD: 'secret',
    EVENTSTOREDB_ADMIN_PASSWORD: 's',
  };
  const env: Record<string, string> = { ...example, POSTGRES_PASSWORD: 'secret', ...given, ...chosen };
  const interpolated = (text: string) =>
    text.replaceAll(REFERENCE, (_, name: string, otherwise: string | undefined) => env[name] || (otherwise ?? ''));
  const reviver = (_: unknown, value: unknown) => (typeof value === 'string' ? interpolated(value) : value);
  return parse(readFileSync(file, 'utf8'), reviver, { merge: true }) as Compose;
}

function referencesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(REFERENCE)].map(([, name]) => name as string);
}

function variablesIn(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^\w+=/.test(line));
  return Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
}
