import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { textRow, workbookParts, writeZip } from '../../test/support/workbook';
import { openTable } from './read-table';
import { TableRow } from './table';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'luodi-bounds-'))));
afterAll(() => rm(folder, { recursive: true }));

async function read(path: string): Promise<{ rows: TableRow[]; merged: string[] }> {
  const table = await openTable({ path }, { limits: { compression: 1e6 } });
  try {
    const [sheet] = table.sheets;
    const rows: TableRow[] = [];
    for await (const row of sheet?.rows ?? []) rows.push(row);
    return { rows, merged: sheet?.merged ?? [] };
  } finally {
    table.close();
  }
}

describe('CSV', () => {
  async function csv(text: string): Promise<string> {
    const path = join(folder, 'table.csv.gz');
    await writeFile(path, gzipSync(text));
    return path;
  }

  it.each([
    ['many columns', ','.repeat(20_000)],
    ['a row of nothing but delimiters', ','.repeat(16 * 1024 * 1024)],
    ['the same over several lines', '"\n",,,,,,,,'.repeat(1_000_000)],
    ['a row of nothing but empty quotes', '"",'.repeat(6 * 1024 * 1024)],
  ])('is refused: %s', async (_, text) => {
    await expect(read(await csv(`a,b\n${text}\n`))).rejects.toMatchObject({ code: 'broken-csv' });
  });

  it('may have as many columns as a workbook, and many rows', async () => {
    const wide = `${'1,'.repeat(16_383)}1\n`;
    const { rows } = await read(await csv(wide.repeat(300)));
    expect(rows.map(({ cells }) => cells.length)).toEqual(Array(300).fill(16_384));
  });
});

describe('a workbook', () => {
  const merged = (ranges: string[]) =>
    writeZip(
      join(folder, 'merged.xlsx'),
      workbookParts({ sheets: [{ name: 'S', rows: textRow(1, ['a']), merged: ranges }] }),
    );

  it('tells of ranges over several rows, and of no more than anybody reads', async () => {
    const many = Array.from({ length: 5_000 }, (_, at) => `A${at * 3 + 1}:A${at * 3 + 2}`);
    const others = ['A1:F1', 'B2', 'x'.repeat(10_000), `${'x'.repeat(10_000)}1:B9`];
    expect((await read(await merged([...others, ...many]))).merged).toEqual(many.slice(0, 1_000));
  });

  it('has no part that is two sheets: each would be read anew', async () => {
    const parts = workbookParts({ sheets: ['a', 'b'].map((name) => ({ name, rows: textRow(1, [name]) })) });
    const relations = parts['xl/_rels/workbook.xml.rels']?.replace('sheet2.xml', 'Sheet1.xml') ?? '';
    const path = await writeZip(join(folder, 'twice.xlsx'), { ...parts, 'xl/_rels/workbook.xml.rels': relations });
    await expect(read(path)).rejects.toMatchObject({ code: 'damaged' });
  });
});
