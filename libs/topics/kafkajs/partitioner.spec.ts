import fc from 'fast-check';
import { PartitionMetadata, Partitioners } from 'kafkajs';
import { partitioner } from './partitioner';

describe('the partition of a key', () => {
  it("is that of Kafka's own clients", () => {
    const [ours, theirs] = [partitioner(), Partitioners.DefaultPartitioner()];
    const keys = fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme' }), fc.uint8Array().map(Buffer.from));
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 50 }), (key, partitions) => {
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionId,
        })) as PartitionMetadata[];
        const asked = { topic: 't', message: { key, value: '' }, partitionMetadata };
        expect(ours(asked)).toBe(theirs(asked));
      }),
    );
  });
});
