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

// One element may not grow without end: saxes holds its text until it closes.
const LONGEST_TEXT = 64 * 1024 * 1024;

/**
 * Reads XML from UTF-8 bytes; after each chunk control goes back to the caller, who takes what the handler has gathered.
 * Malformed XML, broken UTF-8 and a part that unpacks wrongly throw `LedgerFileError`.
 */
export async function* readXml(stream: Readable, handler: XmlHandler): AsyncGenerator<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const { parser, quiet } = parserFor(handler);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parser.write(decoder.decode(chunk, { stream: true }));
      if (quiet() > LONGEST_TEXT) throw new Error('one element never ends');
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

/** The same, to the end. */
export async function readWholeXml(stream: Readable, handler: XmlHandler): Promise<void> {
  const reading = readXml(stream, handler);
  while (!(await reading.next()).done);
}

function parserFor(handler: XmlHandler): { parser: SaxesParser<{ xmlns: false }>; quiet: () => number } {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  let lastEvent = 0;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    lastEvent = parser.position;
    handler.open?.(localName(tag.name), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    lastEvent = parser.position;
    handler.close?.(localName(tag.name));
  });
  if (handler.text) parser.on('text', (text) => handler.text?.(text));
  return { parser, quiet: () => parser.position - lastEvent };
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
