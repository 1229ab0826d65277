import { PreparedAppend } from '../prepared-append';

/** The events of one append, the `index`-th of its batch, each as event_store.append wants it: JSON. */
export function rowsOf({ stream, expectedRevision, previousHash, events }: PreparedAppend, index: number): string[] {
  const place = `{"append":${index},"stream":${JSON.stringify(stream)},"expected":${expectedRevision},"previous":"${previousHash}"`;
  return events.map(({ type, data, metadata }, offset) => {
    const revision = expectedRevision + 1 + offset;
    return `${place},"revision":${revision},"type":${JSON.stringify(type)},"data":${data},"metadata":${metadata}}`;
  });
}
