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
/** Characters of one tag, give or take a {@link SLICE}. */
const LARGEST_TAG = 64 * 1024;
/** Characters in which no tag and no text ends, and characters of one text. */
const LONGEST_PIECE = 8 * 1024 * 1024;
/** Characters parsed at once: a stream that had to wait gives all it has gathered, and nothing may depend on that. */
const SLICE = 16 * 1024;

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
  const pending = { characters: 0 };
  const parser = boundedParser(events, pending);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const text = decoder.decode(chunk, { stream: true });
      for (let start = 0; start < text.length; start += SLICE) {
        const slice = text.slice(start, start + SLICE);
        parser.write(slice);
        pending.characters += slice.length;
        if (pending.characters > LONGEST_PIECE) throw new Error('one piece of XML never ends');
      }
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

/**
 * `pending` are the characters since the last tag or text ended, to whole slices; both set it back. There are no more handlers than these five:
 * with some more, the parser becomes an object whose properties are looked up by hash, and takes twice the time.
 */
function boundedParser(events: XmlEvents, pending: { characters: number }): SaxesParser<{ xmlns: false }> {
  const parser = new SaxesParser({ xmlns: false });
  let depth = 0;
  const text = (content: string) => {
    pending.characters = 0;
    events.text(content);
  };
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    if (pending.characters > LARGEST_TAG) parser.fail('one tag is too long');
    if (++depth > DEEPEST) parser.fail(`more than ${DEEPEST} elements within one another`);
    pending.characters = 0;
    events.open(tag);
  });
  parser.on('closetag', (tag) => {
    pending.characters = 0;
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
