import { AssignerProtocol, type PartitionAssigner } from 'kafkajs';

/**
 * Partition p of every topic goes to the same member, p mod n in the order of member ids: a member's decisions, impressions and plays meet in one learner.
 * The same rule as the embedded log's.
 */
export const samePartitionTogether: PartitionAssigner = ({ cluster }) => {
  const name = 'marquee-same-partition-together';
  return {
    name,
    version: 1,
    assign({ members, topics }) {
      const order = members.map(({ memberId }) => memberId).sort();
      const shares = new Map(order.map((memberId): [string, Record<string, number[]>] => [memberId, {}]));
      for (const topic of topics) {
        for (const { partitionId } of cluster.findTopicPartitionMetadata(topic)) {
          const share = shares.get(order[partitionId % order.length]!)!;
          (share[topic] ??= []).push(partitionId);
        }
      }
      return Promise.resolve(
        [...shares].map(([memberId, assignment]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 1,
            assignment,
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
    protocol({ topics }) {
      return {
        name,
        metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.alloc(0) }),
      };
    },
  };
};
