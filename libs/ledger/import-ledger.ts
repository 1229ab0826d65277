import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ChunkImport } from './import-chunk';
import { ImportOptions } from './import-options';
import { ImportReport, ReportBuilder } from './import-report';
import { findVanished } from './import-vanished';
import { PlacedRow } from './ledger-row';
import { MappingError } from './mapping';
import { readRegister, RowReading } from './mapping-rows';
import { readLedger } from './read-ledger';

export type { ImportOptions } from './import-options';
export type { ImportProgress, ImportReport, RowResult } from './import-report';

const CHUNK = 500;

/**
 * Imports a ledger: every row is compared with its project, and the difference recorded, all of a row or nothing. A dry
 * run records nothing and tells the same. A row that is refused keeps no other from being recorded. The same file again,
 * after a crash too, has no second effect.
 * @throws MappingError for a mapping of another programme; LedgerFileError when the file cannot be read; the signal's reason; whatever the store throws. Rows recorded
 * until then stay.
 */
export async function importLedger(options: ImportOptions): Promise<ImportReport> {
  const { file, name, mapping, signal, dryRun } = options;
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const [digest, { size: bytesTotal }] = await Promise.all([digestOf(file), stat(file)]);
  let bytesRead = 0;
  const rows = openRows(options, (bytes) => (bytesRead = bytes));
  const chunks = new ChunkImport({ ...options, correlationId: options.correlationId ?? randomUUID(), digest });
  const report = new ReportBuilder();
  for await (const chunk of readAhead(rows)) {
    signal?.throwIfAborted();
    const outcomes = await chunks.import(chunk);
    for (const { result, commands } of outcomes) report.add(result, commands);
    await options.onResults?.(outcomes.map(({ result }) => result));
    const rate = Math.round(report.counts.rows / Math.max(seconds(), 0.001));
    options.onProgress?.({ ...report.counts, bytesRead, bytesTotal, rate });
  }
  signal?.throwIfAborted();
  const vanished = mapping?.snapshot
    ? await findVanished(options, mapping.id, chunks.seen)
    : { count: 0, examples: [] };
  const { sheet, headerRow, encoding, notes } = rows.summary;
  const place = { sheet, headerRow, encoding, position: chunks.position };
  return { name, digest, dryRun, seconds: seconds(), ...place, vanished, ...report.summary(notes) };
}

function openRows(
  { file, name, mapping, programme, signal }: ImportOptions,
  onBytes: (bytes: number) => void,
): RowReading {
  const source = { path: file, name };
  const reading = { vocabulary: programme, signal, onBytes };
  if (!mapping) return readLedger(source, reading);
  if (mapping.programme === programme.id) return readRegister(source, mapping, reading);
  const text = `is made for the programme ${mapping.programme}; this is ${programme.id}`;
  throw new MappingError(mapping.id, [{ path: 'programme', text }]);
}

/** Chunks of rows; the next is read while the caller is busy with one. */
async function* readAhead(rows: AsyncIterable<PlacedRow>): AsyncGenerator<PlacedRow[]> {
  const iterator = rows[Symbol.asyncIterator]();
  let reading = readChunk(iterator);
  try {
    for (;;) {
      const chunk = await reading;
      if (chunk.length === 0) return;
      reading = readChunk(iterator);
      // Its error is thrown when its turn comes.
      reading.catch(() => undefined);
      yield chunk;
    }
  } finally {
    await reading.catch(() => undefined);
    await iterator.return?.();
  }
}

async function readChunk(iterator: AsyncIterator<PlacedRow>): Promise<PlacedRow[]> {
  const chunk: PlacedRow[] = [];
  while (chunk.length < CHUNK) {
    const next = await iterator.next();
    if (next.done) break;
    chunk.push(next.value);
  }
  return chunk;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(file)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}
