import { Admin } from 'kafkajs';
import { OpenClient } from './client';
import { readWindows, Window } from './read-window';

/** The last `most` offsets of each partition that is not empty; `admin` is connected. */
export async function endsOf(admin: Admin, topics: readonly string[], most: number): Promise<Window[]> {
  const windows: Window[] = [];
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      const [first, before] = [BigInt(low), BigInt(high)];
      const from = before - BigInt(most) > first ? before - BigInt(most) : first;
      if (from < before) windows.push({ topic, partition, from, before });
    }
  }
  return windows;
}

/** The committed values in the windows, but for tombstones. @throws as `readWindows` */
export async function valuesIn(open: () => OpenClient, windows: readonly Window[]): Promise<string[]> {
  const values: string[] = [];
  if (windows.length === 0) return values;
  await readWindows(open(), windows, ({ value }) => {
    if (value !== null) values.push(value.toString());
  });
  return values;
}
