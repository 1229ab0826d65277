import { AssignerProtocol, PartitionAssigner, PartitionAssigners } from 'kafkajs';

/** Spreads the partitions of all topics over the members, but gives those of some topics to every member. */
export function assigner(everyones: readonly string[]): PartitionAssigner {
  return (config) => {
    const roundRobin = PartitionAssigners.roundRobin(config);
    const partitionsOf = (topic: string): number[] =>
      config.cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    return {
      ...roundRobin,
      name: 'luodi',
      async assign({ members, topics }) {
        const shared = topics.filter((topic) => !everyones.includes(topic));
        const spread = await roundRobin.assign({ members, topics: shared });
        const shares = new Map(spread.map(({ memberId, memberAssignment }) => [memberId, memberAssignment]));
        const forAll = Object.fromEntries(everyones.map((topic) => [topic, partitionsOf(topic)]));
        return members.map(({ memberId }) => {
          const share = shares.get(memberId);
          const own = share && AssignerProtocol.MemberAssignment.decode(share)?.assignment;
          const assignment = { ...own, ...forAll };
          const memberAssignment = AssignerProtocol.MemberAssignment.encode({
            version: roundRobin.version,
            assignment,
            userData: Buffer.alloc(0),
          });
          return { memberId, memberAssignment };
        });
      },
    };
  };
}
