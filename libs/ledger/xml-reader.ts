import { Readable } from 'node:stream';
import { SaxesParser, SaxesTagPlain } from 'saxes';
import { LedgerFileError } from './ledger-file-error';
import { damaged } from './zip-parts';

/** Names come without their namespace prefix, which differs between the programs that write workbooks. */
export interface XmlHandler {
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
}

/** Tags as they stand in the file. */
export interface XmlEvents {
  open(tag: SaxesTagPlain): void;
  close(name: string): void;
  text(text: string): void;
}

// The parser holds all tags that are open, with their attributes, and a text, a comment or the like until it ends.
const DEEPEST = 64;
/** Characters of all attributes of one tag. */
const LARGEST_TAG = 64 * 1024;
/** Bytes of XML in which nothing comes to an end, and characters of one text. */
const LONGEST_PIECE = 8 * 1024 * 1024;

/** Tells the handler of everything in a part, and yields the bytes read after each chunk, like {@link feed}. */
export function readXml(stream: Readable, handler: XmlHandler): AsyncGenerator<number> {
  return feed(stream, {
    open: (tag) => handler.open?.(localName(tag.name), tag.attributes),
    close: (name) => handler.close?.(localName(name)),
    text: (text) => handler.text?.(text),
  });
}

/** The same, to the end. */
export async function readWholeXml(stream: Readable, handler: XmlHandler): Promise<void> {
  const reading = readXml(stream, handler);
  while (!(await reading.next()).done);
}

/**
 * Tells of the tags and texts in UTF-8 bytes; after each chunk control goes back to the caller, who takes what has been
 * gathered. Malformed XML, broken UTF-8, a part that unpacks wrongly and one that would fill the memory throw
 * `LedgerFileError`.
 */
export async function* feed(stream: Readable, events: XmlEvents): AsyncGenerator<number> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pending = 0;
  const parser = boundedParser(events, () => (pending = 0));
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      pending += chunk.length;
      parser.write(decoder.decode(chunk, { stream: true }));
      if (pending > LONGEST_PIECE) throw new Error('one piece of XML never ends');
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

/** Calls `ended` whenever a tag, a text, a comment or the like has come to its end. */
function boundedParser(events: XmlEvents, ended: () => void): SaxesParser<{ xmlns: false }> {
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  let tagLength = 0;
  const text = (content: string) => {
    ended();
    events.text(content);
  };
  parser.on('error', (error) => {
    throw error;
  });
  // Data of a table needs no definitions, and those of entities are how XML is made to grow.
  parser.on('doctype', () => parser.fail('a document type is not expected'));
  parser.on('comment', ended);
  parser.on('processinginstruction', ended);
  parser.on('attribute', ({ name, value }) => {
    tagLength += name.length + value.length;
    if (tagLength > LARGEST_TAG) parser.fail('one tag has too many attributes, or too long ones');
  });
  parser.on('opentag', (tag) => {
    ended();
    tagLength = 0;
    if (++depth > DEEPEST) parser.fail(`more than ${DEEPEST} elements within one another`);
    events.open(tag);
  });
  parser.on('closetag', (tag) => {
    ended();
    depth--;
    events.close(tag.name);
  });
  parser.on('text', text);
  parser.on('cdata', text);
  return parser;
}

/** A text with one more part of it; throws when it never ends. */
export function lengthened(text: string, part: string): string {
  if (text.length + part.length > LONGEST_PIECE) throw damaged(new Error('one text never ends'));
  return text + part;
}

export function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
