import { stat } from 'node:fs/promises';
import { pipeline, Readable, Transform } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Entry, openPromise, ZipFile } from 'yauzl';
import { LedgerFileError } from './ledger-file-error';
import { Limits } from './table';

/** The parts of an Office file. Names are compared without case and leading slash, as OPC does. */
export interface ZipParts {
  readonly entries: ReadonlyMap<string, Entry>;
  has(name: string): boolean;
  /** Unpacked size in bytes; 0 when there is no such part. Unpacking fails when a part turns out larger. */
  size(name: string): number;
  stream(name: string): Promise<Readable>;
  close(): void;
}

// What is smaller than this unpacked cannot hurt, however well it was packed.
const HARMLESS_BYTES = 1024 * 1024;

/** Opens a zip file and checks its directory before anything is unpacked. Throws `LedgerFileError`. */
export async function openParts(path: string, limits: Limits): Promise<ZipParts> {
  if ((await stat(path)).size < 22) throw damaged(new Error('shorter than the end of a zip file'));
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw damaged(error);
  });
  try {
    return partsOf(zip, await readDirectory(zip, limits));
  } catch (error) {
    zip.close();
    throw error instanceof LedgerFileError ? error : damaged(error);
  }
}

/** A file that ends too early, or whose contents do not fit together. */
export function damaged(cause: unknown): LedgerFileError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new LedgerFileError(
    'damaged',
    {
      zh: `文件已损坏或不完整，请重新保存后再上传（${detail}）`,
      en: `the file is damaged or incomplete; save it again and retry (${detail})`,
    },
    { cause },
  );
}

async function readDirectory(zip: ZipFile, limits: Limits): Promise<Map<string, Entry>> {
  if (zip.entryCount > limits.entries) throw bomb(`${zip.entryCount} parts, at most ${limits.entries}`);
  const entries = new Map<string, Entry>();
  let unpacked = 0;
  for await (const entry of zip.eachEntry()) {
    unpacked += entry.uncompressedSize;
    checkEntry(entry, unpacked, limits);
    const name = partName(entry.fileName);
    if (entries.has(name)) throw damaged(new Error(`two parts are called ${name}`));
    entries.set(name, entry);
  }
  return entries;
}

function checkEntry(entry: Entry, unpacked: number, limits: Limits): void {
  if (entry.isEncrypted()) throw encrypted();
  if (unpacked > limits.unpackedBytes) throw bomb(`more than ${limits.unpackedBytes} bytes unpacked`);
  const ratio = entry.uncompressedSize / Math.max(1, entry.compressedSize);
  if (entry.uncompressedSize > HARMLESS_BYTES && ratio > limits.compression) {
    throw bomb(`${entry.fileName} unpacks to ${Math.round(ratio)} times its size, at most ${limits.compression}`);
  }
}

export function encrypted(): LedgerFileError {
  return new LedgerFileError('encrypted', {
    zh: '工作簿设有打开密码，请取消密码后再上传',
    en: 'the workbook is protected with a password; remove it and retry',
  });
}

function bomb(detail: string): LedgerFileError {
  return new LedgerFileError('zip-bomb', {
    zh: `文件解压后过大，已拒绝读取（${detail}）`,
    en: `the file would unpack to too much and was not read (${detail})`,
  });
}

function partsOf(zip: ZipFile, entries: ReadonlyMap<string, Entry>): ZipParts {
  const find = (name: string) => entries.get(partName(name));
  return {
    entries,
    has: (name) => find(name) !== undefined,
    size: (name) => find(name)?.uncompressedSize ?? 0,
    stream: async (name) => {
      const entry = find(name);
      if (!entry) throw damaged(new Error(`part ${name} is missing`));
      const stream = await zip.openReadStreamPromise(entry).catch((error: unknown) => {
        throw damaged(error);
      });
      return pipeline(stream, checksum(entry), () => undefined);
    },
    close: () => zip.close(),
  };
}

/** Lets bytes through, and fails at their end when they are not those that were packed. */
function checksum(entry: Entry): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum === entry.crc32 ? null : damaged(new Error(`${entry.fileName} has a wrong checksum`)));
    },
  });
}

function partName(name: string): string {
  return name.replace(/^\/+/, '').toLowerCase();
}
