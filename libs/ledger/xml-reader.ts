import { Readable } from 'node:stream';
import { SaxesParser } from 'saxes';
import { LedgerFileError } from './ledger-file-error';
import { damaged } from './zip-parts';

/** Names come without their namespace prefix, which differs between the programs that write workbooks. */
export interface XmlHandler {
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

export type XmlParser = SaxesParser<{ xmlns: false }>;

// One element may not grow without end: saxes holds its text until it closes.
const LONGEST_TEXT = 64 * 1024 * 1024;

/** Tells the handler of everything in a part, and yields the bytes read after each chunk, like {@link feed}. */
export function readXml(stream: Readable, handler: XmlHandler): AsyncGenerator<number> {
  const parser: XmlParser = new SaxesParser({ xmlns: false });
  parser.on('opentag', (tag) => handler.open?.(localName(tag.name), tag.attributes));
  parser.on('closetag', (tag) => handler.close?.(localName(tag.name)));
  parser.on('text', (text) => handler.text?.(text));
  parser.on('cdata', (text) => handler.text?.(text));
  return feed(stream, parser);
}

/** The same, to the end. */
export async function readWholeXml(stream: Readable, handler: XmlHandler): Promise<void> {
  const reading = readXml(stream, handler);
  while (!(await reading.next()).done);
}

/**
 * Feeds UTF-8 bytes to a parser; after each chunk control goes back to the caller, who takes what has been gathered.
 * Malformed XML, broken UTF-8 and a part that unpacks wrongly throw `LedgerFileError`.
 */
export async function* feed(stream: Readable, parser: XmlParser): AsyncGenerator<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pending = 0;
  parser.on('error', (error) => {
    throw error;
  });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      // A chunk without a tag is the inside of one long text.
      pending = chunk.includes(OPENING) ? 0 : pending + chunk.length;
      if (pending > LONGEST_TEXT) throw new Error('one element never ends');
      parser.write(decoder.decode(chunk, { stream: true }));
      yield chunk.length;
    }
    parser.write(decoder.decode());
    parser.close();
  } catch (error) {
    throw error instanceof LedgerFileError ? error : damaged(error);
  } finally {
    stream.destroy();
  }
}

const OPENING = '<'.charCodeAt(0);

export function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
