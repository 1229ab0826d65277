import { posix } from 'node:path';
import { builtInCellFormat, CellFormat, readCellFormat } from './cell-format';
import { LedgerFileError } from './ledger-file-error';
import { Limits } from './table';
import { lengthened, readWholeXml } from './xml-reader';
import { damaged, ZipParts } from './zip-parts';

export interface SheetPart {
  name: string;
  part: string;
  hidden: boolean;
}

export interface Workbook {
  /** Days count from 1904-01-01 instead of 1900. */
  date1904: boolean;
  sheets: SheetPart[];
  stylesPart?: string;
  stringsPart?: string;
}

const MODEST_BYTES = 32 * 1024 * 1024;

/** Characters; programs allow 31. */
const LONGEST_NAME = 255;

/** Follows the relations of an Office file from its root to the sheets of a workbook. */
export async function readWorkbook(parts: ZipParts): Promise<Workbook> {
  const part = await workbookPart(parts);
  const relations = await readRelations(parts, part);
  let date1904 = false;
  const sheets: SheetPart[] = [];
  await readWholeXml(await modest(parts, part), {
    open(name, attributes) {
      if (name === 'workbookPr') date1904 = ['1', 'true'].includes(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      const sheet = sheetPart(attributes, relations);
      if (sheet) sheets.push(sheet);
    },
  });
  if (sheets.length === 0) throw damaged(new Error('the workbook has no sheet'));
  const used = new Set(sheets.map((sheet) => sheet.part.toLowerCase()));
  // Each would be read anew, a thousand times the same.
  if (used.size < sheets.length) throw damaged(new Error('two sheets have the same part'));
  const byType = (type: string) => [...relations.values()].find((each) => each.type.endsWith(type))?.target;
  return { date1904, sheets, stylesPart: byType('/styles'), stringsPart: byType('/sharedStrings') };
}

/** Undefined for a chart sheet, which has no cells. */
function sheetPart(attributes: Record<string, string>, relations: Map<string, Relation>): SheetPart | undefined {
  const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1] ?? '';
  const relation = relations.get(id);
  if (!relation?.type.endsWith('/worksheet')) return undefined;
  const { name = '', state = '' } = attributes;
  if (name.length > LONGEST_NAME) throw damaged(new Error('a sheet has too long a name'));
  return { name, part: relation.target, hidden: /hidden/i.test(state) };
}

/** What each cell format, in its order, says of a number. */
export async function readNumberFormats(parts: ZipParts, part: string | undefined): Promise<CellFormat[]> {
  const formats: CellFormat[] = [];
  if (part === undefined || !parts.has(part)) return formats;
  const custom = new Map<string, CellFormat>();
  let inCellFormats = false;
  await readWholeXml(await modest(parts, part), {
    open(name, attributes) {
      if (name === 'numFmt') custom.set(attributes.numFmtId ?? '', readCellFormat(attributes.formatCode ?? ''));
      if (name === 'cellXfs') inCellFormats = true;
      if (name !== 'xf' || !inCellFormats) return;
      const { numFmtId: id = '0' } = attributes;
      formats.push(custom.get(id) ?? builtInCellFormat(id));
    },
    close(name) {
      if (name === 'cellXfs') inCellFormats = false;
    },
  });
  return formats;
}

/** The texts cells refer to by number. Phonetic guides are left out. */
export async function readSharedStrings(parts: ZipParts, part: string | undefined, limits: Limits): Promise<string[]> {
  const strings: string[] = [];
  if (part === undefined || !parts.has(part)) return strings;
  if (parts.size(part) > limits.sharedStringBytes) {
    throw new LedgerFileError('file-too-large', {
      zh: `工作簿的文本过多（超过 ${limits.sharedStringBytes} 字节），请拆分后再上传`,
      en: `the workbook holds too much text (over ${limits.sharedStringBytes} bytes); split it`,
    });
  }
  const gather = gatherText((text) => strings.push(text));
  await readWholeXml(await parts.stream(part), {
    open: gather.open,
    text: gather.text,
    close(name) {
      gather.close(name);
      if (name === 'si') gather.finish();
    },
  });
  return strings;
}

/** Gathers the `<t>` texts of a rich text (runs one after the other, without phonetic guides). */
export function gatherText(done: (text: string) => void) {
  let text = '';
  let inText = false;
  let inGuide = false;
  return {
    open(this: void, name: string): void {
      if (name === 't') inText = !inGuide;
      else if (name === 'rPh') inGuide = true;
    },
    close(this: void, name: string): void {
      if (name === 't') inText = false;
      else if (name === 'rPh') inGuide = false;
    },
    text(this: void, part: string): void {
      if (inText) text = lengthened(text, part);
    },
    finish(this: void): void {
      done(unescapeText(text));
      text = '';
    },
  };
}

/** Workbooks write a control character as `_x000D_`, and an underscore that would look like that as `_x005F_`. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

interface Relation {
  type: string;
  target: string;
}

async function workbookPart(parts: ZipParts): Promise<string> {
  if (!parts.has('_rels/.rels')) throw notAWorkbook(parts);
  const relations = await readRelations(parts, '');
  const main = [...relations.values()].find((relation) => relation.type.endsWith('/officeDocument'));
  if (!main || !main.target.endsWith('.xml') || !parts.has(main.target)) throw notAWorkbook(parts);
  if (!/(^|\/)workbook[^/]*\.xml$/i.test(main.target)) throw notAWorkbook(parts);
  return main.target;
}

/** Relations of a part by id, targets as part names. */
async function readRelations(parts: ZipParts, part: string): Promise<Map<string, Relation>> {
  const folder = posix.dirname(part);
  const file = posix.join(folder, '_rels', `${posix.basename(part)}.rels`);
  const relations = new Map<string, Relation>();
  await readWholeXml(await modest(parts, file), {
    open(name, attributes) {
      if (name !== 'Relationship' || attributes.TargetMode === 'External') return;
      const target = posix.join('/', folder, attributes.Target ?? '');
      const absolute = attributes.Target?.startsWith('/') ? posix.normalize(attributes.Target) : target;
      relations.set(attributes.Id ?? '', { type: attributes.Type ?? '', target: absolute.replace(/^\/+/, '') });
    },
  });
  return relations;
}

async function modest(parts: ZipParts, part: string) {
  if (parts.size(part) > MODEST_BYTES) throw damaged(new Error(`part ${part} is too large`));
  return parts.stream(part);
}

function notAWorkbook(parts: ZipParts): LedgerFileError {
  const format = parts.has('mimetype') ? 'OpenDocument' : parts.has('xl/workbook.bin') ? '.xlsb' : 'zip';
  return new LedgerFileError('not-a-ledger-file', {
    zh: `不是 Excel 工作簿（.xlsx），而是 ${format} 文件；请另存为 .xlsx 或 CSV`,
    en: `not an Excel workbook (.xlsx) but a ${format} file; save it as .xlsx or CSV`,
  });
}
