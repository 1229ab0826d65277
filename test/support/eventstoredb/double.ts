import { type sendUnaryData, Server, ServerCredentials } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { AppendResp } from '@eventstore/db-client/generated/streams_pb';
import { Access, User } from './access';
import { AppendCall, AppendService } from './append-service';
import { Appender } from './appender';
import { BatchAppendCall, BatchAppendService } from './batch-append-service';
import { gossip, Member, serverFeatures } from './cluster-services';
import { Faults } from './faults';
import { Listener } from './listener';
import { EventLog, StoredEvent } from './log';
import { ReadService } from './read-service';
import { ReadCall } from './sending';
import { writeFirstSystemEvents, writeSystemEvents } from './system-events';

export interface DoubleOptions {
  /** Bytes of one append; default 1 MiB, as the server's. */
  maximumAppendSize?: number;
  /** PEM. The client sends credentials over TLS only. */
  tls?: { certificate: string; key: string };
  /** Default: everybody may do everything. */
  users?: readonly User[];
  /** Another node of the same cluster: it has the same events at once. Who is the leader is told by `setMembers`. */
  replicaOf?: EventStoreDbDouble;
}

/** EventStoreDB as far as its client can tell, in memory. For tests only. */
export interface EventStoreDbDouble {
  /** `esdb://127.0.0.1:port?tls=false`; with TLS without credentials and CA file, which the test adds. */
  readonly url: string;
  readonly port: number;
  readonly faults: Faults;
  readonly log: EventLog;
  /** Everything in the log, system events as well. */
  readonly events: readonly StoredEvent[];
  /** TCP connections that are open. */
  readonly connections: number;
  /** Those that have been taken since the start. */
  readonly accepted: number;
  /** Records that reads of $all with a filter have looked at: what they cost a server. */
  readonly scanned: number;
  /** Puts statistics and links between the events, as a running server does. */
  writeSystemEvents(count: number): void;
  /** What Gossip answers; default: this node alone, the leader. */
  setMembers(members: readonly Member[]): void;
  /** Breaks all connections and takes no new ones, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Refuses and accepts at once; the events stay, the cache of recent event ids does not. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The version whose answers are imitated. */
const VERSION = '24.10.0';
const DEFAULT_MAXIMUM_APPEND_SIZE = 1024 * 1024;
/** The server's own limit of a message. */
const MAXIMUM_MESSAGE_SIZE = 16 * 1024 * 1024;

/** Starts on a free port of the loopback address. */
export async function startEventStoreDbDouble(options: DoubleOptions = {}): Promise<EventStoreDbDouble> {
  const { tls, users, maximumAppendSize = DEFAULT_MAXIMUM_APPEND_SIZE } = options;
  const log = options.replicaOf?.log ?? freshLog();
  const server = new Server({ 'grpc.max_receive_message_length': MAXIMUM_MESSAGE_SIZE });
  const injector = server.createConnectionInjector(
    tls
      ? ServerCredentials.createSsl(null, [
          { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) },
        ])
      : ServerCredentials.createInsecure(),
  );
  const listener = new Listener((socket) => injector.injectConnection(socket));
  const faults = new Faults(log, () => listener.drop());
  let members: readonly Member[] | undefined;
  const reads = addServices(
    server,
    { log, faults, access: new Access(users), maximumAppendSize },
    () => members ?? [{ host: '127.0.0.1', port: listener.port, state: 'LEADER', isAlive: true }],
  );
  await listener.open();
  return {
    url: `esdb://127.0.0.1:${listener.port}${tls ? '' : '?tls=false'}`,
    port: listener.port,
    faults,
    log,
    events: log.events,
    get connections() {
      return listener.connections;
    },
    get accepted() {
      return listener.accepted;
    },
    get scanned() {
      return reads.scanned;
    },
    writeSystemEvents: (count) => writeSystemEvents(log, count),
    setMembers: (all) => void (members = all),
    refuse: () => listener.close(),
    accept: () => listener.open(),
    restart: async () => {
      await listener.close();
      log.forgetRecentEvents();
      await listener.open();
    },
    stop: async () => {
      await listener.close();
      injector.destroy();
      server.forceShutdown();
    },
  };
}

function freshLog(): EventLog {
  const log = new EventLog();
  writeFirstSystemEvents(log);
  return log;
}

interface Parts {
  log: EventLog;
  faults: Faults;
  access: Access;
  maximumAppendSize: number;
}

function addServices(server: Server, parts: Parts, members: () => readonly Member[]): ReadService {
  const { log, faults, access, maximumAppendSize } = parts;
  const appender = new Appender(log, faults);
  const reads = new ReadService(faults, access);
  const appends = new AppendService(appender, access, maximumAppendSize);
  const batches = new BatchAppendService(appender, access, maximumAppendSize);
  server.addService(StreamsService, {
    read: (call: ReadCall) => void reads.read(call),
    append: (call: AppendCall, callback: sendUnaryData<AppendResp>) => void appends.append(call, callback),
    batchAppend: (call: BatchAppendCall) => batches.batchAppend(call),
  });
  server.addService(ServerFeaturesService, serverFeatures(VERSION));
  server.addService(GossipService, gossip(members));
  return reads;
}
