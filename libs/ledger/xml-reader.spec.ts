import { Readable } from 'node:stream';
import { LedgerFileError } from './ledger-file-error';
import { TableRow } from './table';
import { readSheetRows } from './xlsx-rows';
import { readWholeXml } from './xml-reader';

const CHUNK = 64 * 1024;

/** What came of reading this start and then the same again and again, and of how many of a thousand chunks. */
async function endless(start: string, again: string): Promise<{ code?: string; chunks: number }> {
  let chunks = 0;
  const chunk = again.repeat(Math.ceil(CHUNK / again.length));
  const bytes = function* () {
    yield Buffer.from(start);
    for (; chunks < 1_000; chunks++) yield Buffer.from(chunk);
  };
  // Only what is pulled is made: the stream holds no chunk in reserve.
  const stream = Readable.from(bytes(), { highWaterMark: 1 });
  const error = await readWholeXml(stream, {}).catch((reason: unknown) => reason);
  return { code: error instanceof LedgerFileError ? error.code : undefined, chunks };
}

describe('XML that would fill the memory', () => {
  it.each([
    ['elements within elements', '<a>', '<b>', 3],
    ['attributes of one tag', '<a ', 'x="1" ', 130],
    ['one attribute', '<a x="', 'x', 130],
    ['a text', '<a>', 'x', 130],
    ['a comment', '<a><!--', '<x>', 130],
    ['a section of text', '<a><![CDATA[', '<x>', 130],
    ['an instruction', '<a><?x ', '<x>', 130],
    ['an entity', '<a>&', 'x', 130],
    ['a name', '<', 'a', 130],
    ['definitions of entities', '<!DOCTYPE a [', '<!ENTITY a "aa">', 130],
  ])('is refused long before its end: %s', async (_, start, again, most) => {
    const { code, chunks } = await endless(start, again);
    expect(code).toBe('damaged');
    expect(chunks).toBeLessThanOrEqual(most);
  });

  it('is refused where one tag is large, though it ends', async () => {
    const read = (length: number) => {
      const pieces = ['<a x="', ...Array<string>(length / 1_000).fill('x'.repeat(1_000)), '"/>'];
      return readWholeXml(Readable.from(pieces.map((piece) => Buffer.from(piece))), {});
    };
    await read(60_000);
    await expect(read(70_000)).rejects.toMatchObject({ code: 'damaged' });
  });

  it.each([CHUNK, 1_000_000, Infinity])('but not what workbooks have, in chunks of %d bytes', async (size) => {
    const deep = `${'<a>'.repeat(60)}${'</a>'.repeat(60)}`;
    const much = `<a x="1"><!-- x -->${'x'.repeat(100)}</a>`.repeat(200_000);
    const names: string[] = [];
    const bytes = Buffer.from(`<r>${deep}${much}</r>`);
    const most = Math.min(size, bytes.length);
    const chunks = Array.from({ length: Math.ceil(bytes.length / most) }, (_, at) =>
      bytes.subarray(at * most, (at + 1) * most),
    );
    await readWholeXml(Readable.from(chunks), { open: (name) => names.push(name) });
    expect(names).toHaveLength(200_061);
  });
});

describe('the rows of a sheet', () => {
  async function read(...rows: string[]): Promise<TableRow[]> {
    const sheet = ['<worksheet><sheetData>', ...rows, '</sheetData></worksheet>'];
    const context = { sheet: 'S', strings: [], formats: [], date1904: false, longestCell: 32_767 };
    const read: TableRow[] = [];
    for await (const row of readSheetRows(Readable.from(sheet.map((each) => Buffer.from(each))), context))
      read.push(row);
    return read;
  }

  it('may not hold more than fits into memory', async () => {
    const cells = `<c t="str"><v>${'甲'.repeat(10_000)}</v></c>`.repeat(110);
    await expect(read(`<row>${cells}</row>`)).rejects.toMatchObject({ code: 'file-too-large' });
    expect(await read(`<row>${cells.slice(0, cells.length / 2)}</row>`)).toHaveLength(1);
  });

  it('may not have a text that never ends, in however many pieces', async () => {
    const pieces = `${'x'.repeat(1_000_000)}<!-- -->`.repeat(10);
    await expect(read('<row><c t="str"><v>', pieces, '</v></c></row>')).rejects.toMatchObject({ code: 'damaged' });
    await expect(read('<row><c><is><t>', pieces, '</t></is></c></row>')).rejects.toMatchObject({ code: 'damaged' });
  });

  it('may have numbers and errors that are none, of which the start is shown', async () => {
    const long = 'x'.repeat(2_000_000);
    const cells = `<c><v>${long}</v></c><c t="e"><v>${long}</v></c>`;
    const [row] = await read(`<row>${cells}</row>`);
    expect(row?.cells.map((cell) => [cell?.text.length, cell?.problem?.code])).toEqual([
      [100, 'not-a-number'],
      [100, 'formula-error'],
    ]);
  });

  it.each(['constructor', '__proto__', 'toString', 'future'])(
    'takes cells of the unknown type %s for text',
    async (type) => {
      expect(await read(`<row><c t="${type}"><v>x</v></c></row>`)).toMatchObject([
        { cells: [{ kind: 'text', text: 'x' }] },
      ]);
    },
  );
});
