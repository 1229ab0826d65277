import { randomUUID } from 'node:crypto';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { GossipService, type IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { type IServerFeaturesServer } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import type { Endpoint } from './failures';

export interface Member extends Endpoint {
  state: 'LEADER' | 'FOLLOWER' | 'CATCHINGUP';
  isAlive: boolean;
}

/** What the client asks before anything else: the version, and which methods there are. */
export function serverFeatures(version: string): IServerFeaturesServer {
  const methods = new SupportedMethods().setEventStoreServerVersion(version);
  for (const service of [StreamsService, GossipService] as ServiceDefinition[]) {
    for (const { path } of Object.values(service)) {
      const [, serviceName = '', methodName = ''] = path.split('/');
      methods.addMethods(new SupportedMethod().setServiceName(serviceName).setMethodName(methodName.toLowerCase()));
    }
  }
  return { getSupportedMethods: (_call, callback) => callback(null, methods) };
}

/** Who belongs to the cluster: the client asks it of any node when its URL names several, or esdb+discover. */
export function gossip(members: () => readonly Member[]): IGossipServer {
  return {
    read: (_call, callback) => {
      const cluster = new ClusterInfo();
      for (const member of members()) cluster.addMembers(memberInfo(member));
      callback(null, cluster);
    },
  };
}

function memberInfo({ host, port, state, isAlive }: Member): MemberInfo {
  return new MemberInfo()
    .setInstanceId(new UUID().setString(randomUUID()))
    .setTimeStamp(String(Date.now()))
    .setState(MemberInfo.VNodeState[state])
    .setIsAlive(isAlive)
    .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port));
}
