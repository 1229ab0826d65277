import { LedgerFileError } from './ledger-file-error';
import { Encoding } from './table';

/** Opens the same bytes again from the start. */
export type ByteSource = () => AsyncIterable<Buffer>;

/**
 * How a text file is encoded: by its byte order mark, else UTF-8 when every byte of it is, else GB18030. A UTF-8 file with
 * a few broken bytes would pass for GB18030 and come out as nonsense, so it is told apart and refused.
 */
export async function detectEncoding(open: ByteSource): Promise<Encoding> {
  const mark = await byteOrderMark(open);
  if (mark === 'utf-16le') return mark;
  const broken = await firstBreak(open, 'utf-8');
  if (broken === undefined) return 'utf-8';
  if (mark === 'utf-8' || (await isMostlyUtf8(open))) throw brokenEncoding('utf-8', broken);
  const alsoBroken = await firstBreak(open, 'gb18030');
  if (alsoBroken === undefined) return 'gb18030';
  throw new LedgerFileError('broken-encoding', {
    zh: `文件编码既不是 UTF-8（第 ${broken} 行起），也不是 GB18030（第 ${alsoBroken} 行起）；请另存为 UTF-8`,
    en: `the file is neither UTF-8 (line ${broken}) nor GB18030 (line ${alsoBroken}); save it as UTF-8`,
  });
}

/** Text in pieces; the byte order mark is dropped. Bytes the encoding does not have throw, with their line. */
export async function* decode(source: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const chunk of source) {
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw brokenEncoding(encoding, line + breakWithin(chunk, encoding), error);
    }
    line += countLines(text);
    yield text;
  }
  try {
    yield decoder.decode();
  } catch (error) {
    throw brokenEncoding(encoding, line, error);
  }
}

async function byteOrderMark(open: ByteSource): Promise<'utf-8' | 'utf-16le' | undefined> {
  for await (const chunk of open()) {
    if (chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) return 'utf-8';
    if (chunk[0] === 0xff && chunk[1] === 0xfe) return 'utf-16le';
    return undefined;
  }
  return undefined;
}

/** Line of the first byte that the encoding does not have; undefined when there is none. */
async function firstBreak(open: ByteSource, encoding: Encoding): Promise<number | undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let line = 1;
  for await (const chunk of open()) {
    try {
      line += countLines(decoder.decode(chunk, { stream: true }));
    } catch {
      return line + breakWithin(chunk, encoding);
    }
  }
  try {
    decoder.decode();
  } catch {
    return line;
  }
  return undefined;
}

function breakWithin(chunk: Buffer, encoding: Encoding): number {
  const lenient = new TextDecoder(encoding).decode(chunk.subarray(4));
  return countLines(lenient.slice(0, Math.max(0, lenient.indexOf('\ufffd'))));
}

/** Chinese text in GB18030 hardly ever contains a valid sequence of UTF-8, and text in UTF-8 contains nothing else. */
async function isMostlyUtf8(open: ByteSource): Promise<boolean> {
  const decoder = new TextDecoder('utf-8');
  let [valid, broken] = [0, 0];
  for await (const chunk of open()) {
    for (const match of decoder.decode(chunk, { stream: true }).matchAll(/[^\0-\x7f]/gu)) {
      if (match[0] === '\ufffd') broken++;
      else valid++;
    }
  }
  return valid > broken;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}

function brokenEncoding(encoding: Encoding, line: number, cause?: unknown): LedgerFileError {
  return new LedgerFileError(
    'broken-encoding',
    {
      zh: `第 ${line} 行含有不合 ${encoding.toUpperCase()} 编码的字节，请用正确的编码重新保存`,
      en: `line ${line} has bytes that are not ${encoding.toUpperCase()}; save the file in its proper encoding`,
    },
    { cause },
  );
}
