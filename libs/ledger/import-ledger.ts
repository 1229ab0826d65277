import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ChunkImport, RowImport } from './import-chunk';
import { ImportOptions } from './import-options';
import { ImportReport, NO_ROWS, ReportBuilder } from './import-report';
import { findVanished } from './import-vanished';
import { PlacedRow } from './ledger-row';
import { MappingError } from './mapping';
import { readRegister, RowReading } from './mapping-rows';
import { readLedger } from './read-ledger';

export type { ImportOptions } from './import-options';
export type { ImportProgress, ImportReport, RowResult } from './import-report';

/** Rows between two words about a file that is only read. */
const READ_ROWS = 1_000;
/** Small chunks, several at once: what is short-lived is collected young, and neither side waits for the other. */
const CHUNK = 200;
const AT_ONCE = 3;

/**
 * Imports a ledger: every row is compared with its project, and the difference recorded, all of a row or nothing. A dry
 * run records nothing and tells the same. A row that is refused keeps no other from being recorded. The same file again,
 * after a crash too, has no second effect.
 * @throws MappingError for a mapping of another programme, LedgerFileError when the file cannot be read to its end: nothing
 * was recorded; the signal's reason, or whatever the store throws: rows recorded until then stay
 */
export async function importLedger(options: ImportOptions): Promise<ImportReport> {
  const { file, name, signal, dryRun } = options;
  const seconds = stopwatch();
  const [digest, { size: bytesTotal }] = await Promise.all([digestOf(file), stat(file)]);
  if (!dryRun) await readThrough(options, bytesTotal);
  const step = dryRun ? 'comparing' : 'recording';
  const stepSeconds = stopwatch();
  let bytesRead = 0;
  const rows = openRows(options, (bytes) => (bytesRead = bytes));
  const chunks = new ChunkImport({ ...options, correlationId: options.correlationId ?? randomUUID(), digest });
  const report = new ReportBuilder();
  for await (const outcomes of importChunks(rows, chunks, signal)) {
    for (const { result, commands } of outcomes) report.add(result, commands);
    await options.onResults?.(outcomes.map(({ result }) => result));
    const rate = perSecond(report.counts.rows, stepSeconds());
    options.onProgress?.({ step, ...report.counts, bytesRead, bytesTotal, rate });
  }
  signal?.throwIfAborted();
  const vanished = await vanishedSince(options, chunks.seen);
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

/** A file that is broken far behind its head must not be recorded by half. */
async function readThrough(options: ImportOptions, bytesTotal: number): Promise<void> {
  const seconds = stopwatch();
  let [bytesRead, rows] = [0, 0];
  for await (const _row of openRows(options, (bytes) => (bytesRead = bytes))) {
    rows += 1;
    if (rows % READ_ROWS > 0) continue;
    options.onProgress?.({ step: 'reading', ...NO_ROWS, bytesRead, bytesTotal, rate: perSecond(rows, seconds()) });
  }
}

async function vanishedSince(options: ImportOptions, seen: ChunkImport['seen']): Promise<ImportReport['vanished']> {
  const { mapping } = options;
  return mapping?.snapshot ? findVanished(options, mapping.id, seen) : { count: 0, examples: [] };
}

/** Seconds since it was made. */
function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1000;
}

function perSecond(rows: number, seconds: number): number {
  return Math.round(rows / Math.max(seconds, 0.001));
}

/** What became of the rows, in the order of the file. While the store is busy with some chunks, the next are read. */
async function* importChunks(
  rows: AsyncIterable<PlacedRow>,
  chunks: ChunkImport,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowImport[]> {
  const iterator = rows[Symbol.asyncIterator]();
  const running: Promise<RowImport[]>[] = [];
  try {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = await readChunk(iterator);
      if (chunk.length > 0) running.push(handled(chunks.import(chunk)));
      if (chunk.length > 0 && running.length < AT_ONCE) continue;
      if (running.length === 0) return;
      yield (await running[0]) ?? [];
      void running.shift();
    }
  } finally {
    await Promise.allSettled(running);
    await iterator.return?.();
  }
}

/** A failure is thrown when its turn comes, and is no unhandled rejection until then. */
function handled<T>(promise: Promise<T>): Promise<T> {
  void promise.catch(() => undefined);
  return promise;
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
