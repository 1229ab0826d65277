import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from '@nestjs/microservices/external/kafka.interface';
import { protocolError } from '../../libs/topics/kafkajs/failures';

/** Messages that the topic no longer holds and the group may not have read. */
export interface Gap {
  topic: string;
  partition: number;
  /** Offset after the last that was committed; undefined where the broker knows of none, or not any more. */
  committed: bigint | undefined;
  /** Offset of the first message that is left. */
  low: bigint;
}

/**
 * Where a group would go on without having read what lies between: it was away for longer than the topic keeps messages, and
 * kafkajs begins at the first one left without a word. Offsets of a group that is away are kept for a week by default.
 * `admin` is connected.
 */
export async function gapsOf(admin: Admin, groupId: string, topic: string): Promise<Gap[]> {
  const bounds = await admin.fetchTopicOffsets(topic);
  const offsets = await committedOffsets(admin, groupId, topic);
  return bounds.flatMap(({ partition, low: text }) => {
    const [low, offset = -1n] = [BigInt(text), offsets.get(partition)];
    const next = offset < 0n ? 0n : offset;
    return next < low ? [{ topic, partition, committed: offset < 0n ? undefined : offset, low }] : [];
  });
}

const PATIENCE_MS = 30_000;

async function committedOffsets(admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
      return new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    } catch (error) {
      // A broker that has just come up, or made the topic of offsets, does not answer for groups yet.
      if (!/COORDINATOR|LOAD_IN_PROGRESS/.test(protocolError(error) ?? '') || Date.now() > deadline) throw error;
    }
    await sleep(100);
  }
}

/** For the log. */
export function textOf({ topic, partition, committed, low }: Gap): string {
  const place = `partition ${partition} of ${topic} begins at ${low}`;
  return committed === undefined
    ? `${place}, and nobody knows how far it was read: what was published before, and not yet taken over, is never delivered`
    : `${place}, and was read up to ${committed}: the messages between are gone, and are never delivered`;
}
