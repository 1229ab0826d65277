import { EventStore } from '../event-store/event-store';
import { causeOf, streamOf } from './import-streams';

const EXAMPLES = 10;

/**
 * Projects that an earlier import of the same register proposed and this one does not name. Reads the whole store: what
 * a register once held is known to nothing else.
 */
export async function findVanished(
  { store, backfill, signal }: { store: EventStore; backfill?: { recordedAt: string }; signal?: AbortSignal },
  register: string,
  seen: ReadonlyMap<string, string>,
): Promise<{ count: number; examples: string[] }> {
  const named = new Set([...seen.keys()].map(streamOf));
  const vanished = { count: 0, examples: [] as string[] };
  for await (const batch of store.readAll({ batchSize: 5_000, signal })) {
    for (const { stream, type, metadata, data } of batch) {
      const isOfRegister = type === 'ProjectProposed' && metadata.causationId.startsWith(causeOf(register));
      if (!isOfRegister || named.has(stream)) continue;
      // The later snapshot may have come first: what it brought had not vanished before.
      if (backfill && metadata.recordedAt > backfill.recordedAt) continue;
      vanished.count += 1;
      if (vanished.examples.length < EXAMPLES) vanished.examples.push(codeOf(data) ?? stream);
    }
  }
  return vanished;
}

function codeOf({ code }: Record<string, unknown>): string | undefined {
  return typeof code === 'string' ? code : undefined;
}
