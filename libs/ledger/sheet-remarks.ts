import { Readable } from 'node:stream';
import { SaxesTagPlain } from 'saxes';
import { columnLetters } from './table';
import { feed, localName, XmlEvents } from './xml-reader';
import { columnOf } from './xlsx-rows';

/** Where the new column stands, and what is to be written into it. */
export interface RemarkColumn {
  /** From 0; what stood there is replaced. */
  index: number;
  headerRow: number;
  header: string;
  /** The remark on a row; called in the order of the rows. */
  remarkOn(row: number): Promise<string | undefined>;
}

/** A place in the output where the remark on a row belongs. */
interface Gap {
  row: number;
  /** Namespace prefix of the sheet's elements, with its colon. */
  prefix: string;
  /** Format of the cell before it. */
  style: string | undefined;
}

/** Rewrites the XML of a sheet with one column more; everything else stays as it is. */
export async function* withRemarks(sheet: Readable, column: RemarkColumn): AsyncGenerator<string> {
  const written: (string | Gap)[] = ['<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'];
  const feeding = feed(sheet, rewrite(column.index, written));
  for (let done = false; !done;) {
    done = (await feeding.next()).done === true;
    let text = '';
    for (const piece of written.splice(0)) {
      text += typeof piece === 'string' ? piece : await fill(piece, column);
    }
    if (text !== '') yield text;
  }
}

function rewrite(index: number, written: (string | Gap)[]): XmlEvents {
  let gap: Gap | undefined;
  let row = 0;
  let column = -1;
  // How deep we are inside something that is left out.
  let dropping = 0;
  const openGap = () => {
    if (gap) written.push(gap);
    gap = undefined;
  };
  const startRow = (tag: SaxesTagPlain) => {
    row = tag.attributes.r === undefined ? row + 1 : Number(tag.attributes.r);
    column = -1;
    gap = { row, prefix: tag.name.slice(0, -'row'.length), style: undefined };
    // A hint that no longer holds.
    delete tag.attributes.spans;
  };
  const startCell = (tag: SaxesTagPlain) => {
    column = tag.attributes.r === undefined ? column + 1 : columnOf(tag.attributes.r);
    if (column === index) dropping = 1;
    if (column >= index) openGap();
    else if (gap) gap.style = tag.attributes.s;
  };
  // The extent of the sheet changes; the element is optional.
  const startExtent = () => (dropping = 1);
  const start: Record<string, (tag: SaxesTagPlain) => void> = { row: startRow, c: startCell, dimension: startExtent };

  return {
    open(tag) {
      if (dropping > 0) dropping++;
      else start[localName(tag.name)]?.(tag);
      if (dropping === 0) written.push(openTag(tag));
    },
    close(name) {
      if (dropping > 0) {
        dropping--;
        return;
      }
      if (localName(name) === 'row') openGap();
      written.push(`</${name}>`);
    },
    text(content) {
      if (dropping === 0) written.push(escapedText(content));
    },
  };
}

async function fill({ row, prefix, style }: Gap, column: RemarkColumn): Promise<string> {
  const isHeader = row === column.headerRow;
  const text = isHeader ? column.header : row > column.headerRow ? await column.remarkOn(row) : undefined;
  if (text === undefined) return '';
  const format = isHeader && style !== undefined ? ` s="${escapedAttribute(style)}"` : '';
  const [c, is, t] = [`${prefix}c`, `${prefix}is`, `${prefix}t`];
  const place = `${columnLetters(column.index)}${row}`;
  return `<${c} r="${place}"${format} t="inlineStr"><${is}><${t} xml:space="preserve">${escapedText(text)}</${t}></${is}></${c}>`;
}

function openTag(tag: SaxesTagPlain): string {
  let text = `<${tag.name}`;
  for (const name in tag.attributes) text += ` ${name}="${escapedAttribute(tag.attributes[name] ?? '')}"`;
  return `${text}>`;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** What XML cannot hold is left out. */
function escapedText(text: string): string {
  return text.replace(/[&<>\r]|(?![\t\n])[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (found) => ESCAPES[found] ?? '');
}

function escapedAttribute(text: string): string {
  return text.replace(/[&<>"]|[\p{Cc}\p{Cs}\ufffe\uffff]/gu, (found) => ESCAPES[found] ?? '');
}
