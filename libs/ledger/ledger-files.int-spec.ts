import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import { rawCell, RawWorkbook, textRow, workbookParts, writeZip } from '../../test/support/workbook';
import { LedgerFileError } from './ledger-file-error';
import { PlacedRow } from './ledger-row';
import { LedgerSummary, readLedger, ReadOptions } from './read-ledger';

const vocabulary = {
  currency: 'CNY',
  resolveRegion: (text: string) => text,
  resolvePartner: (text: string) => text,
  resolveCluster: (text: string) => text,
};

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'luodi-ledger-'))));
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
const fresh = () => join(folder, `file-${++files}`);

async function file(content: Buffer | string): Promise<string> {
  const path = fresh();
  await writeFile(path, content);
  return path;
}

const workbook = (content: RawWorkbook) => writeZip(fresh(), workbookParts(content));

async function read(
  path: string,
  options: Partial<ReadOptions> = {},
): Promise<{ rows: PlacedRow[]; summary: LedgerSummary }> {
  const reading = readLedger({ path }, { vocabulary, ...options });
  const rows: PlacedRow[] = [];
  for await (const row of reading) rows.push(row);
  return { rows, summary: reading.summary };
}

/** The code of the error, and that it speaks both languages. */
async function refusal(path: string, options: Partial<ReadOptions> = {}): Promise<string> {
  const error: unknown = await read(path, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof LedgerFileError)) throw new Error(`expected a LedgerFileError, got ${String(error)}`);
  expect(error.text.zh).toMatch(/\p{Script=Han}/u);
  expect(error.text.en).not.toMatch(/^$/);
  return error.code;
}

const HEADER = ['项目编号', '项目名称', '计划投资（万元）', '落地日期'];
const csv = (delimiter: string) =>
  [
    HEADER,
    ['A-1', '"甲,""乙""\n丙"', '5.5', '2024年5月13日'],
    ['', '', '', ''],
    ['A-2', '丁', '', ''],
    ['合计', '', '5.5', ''],
  ]
    .map((cells) => `${cells.join(delimiter)}\r\n`)
    .join('');
const CSV = csv(',');

describe('CSV', () => {
  const expected = [
    {
      code: 'A-1',
      title: '甲,"乙"\n丙',
      estimatedInvestment: { value: '55000.00', currency: 'CNY', bound: 'exact' },
      landedOn: '2024-05-13',
    },
    { code: 'A-2', title: '丁' },
  ];

  it.each([
    ['UTF-8', Buffer.from(CSV), 'utf-8'],
    ['UTF-8 with BOM', Buffer.from(`\ufeff${CSV}`), 'utf-8'],
    ['GB18030', iconv.encode(CSV, 'gb18030'), 'gb18030'],
    ['UTF-16', Buffer.from(`\ufeff${CSV}`, 'utf16le'), 'utf-16le'],
    ['gzip', gzipSync(CSV), 'utf-8'],
    ['tabs', Buffer.from(csv('\t')), 'utf-8'],
    ['semicolons', Buffer.from(csv(';')), 'utf-8'],
    ['line feeds', Buffer.from(CSV.replaceAll('\r\n', '\n')), 'utf-8'],
  ])('reads %s', async (_, content, encoding) => {
    const { rows, summary } = await read(await file(content));
    expect(rows.map(({ fields }) => fields)).toEqual(expected);
    expect(rows.map(({ row, cells }) => [row, cells.title])).toEqual([
      [2, 'B2'],
      [4, 'B4'],
    ]);
    expect(summary).toMatchObject({ encoding, format: 'csv', headerRow: 1, rows: 2, blankRows: 1, totalRows: 1 });
  });

  it('keeps characters that lie across the chunks of the file, in every encoding', async () => {
    const title = '龘靐齉爩鱻麤'.repeat(40);
    const lines = Array.from({ length: 6000 }, (_, at) => `A-${at},${'x'.repeat(at % 7)}${title},,`);
    const text = `${HEADER.join(',')}\n${lines.join('\n')}\n`;
    for (const content of [Buffer.from(text), iconv.encode(text, 'gb18030')]) {
      const { rows } = await read(await file(content));
      expect(rows).toHaveLength(6000);
      expect(rows.every(({ fields }, at) => fields.title === 'x'.repeat(at % 7) + title)).toBe(true);
    }
  });

  it('decodes as it is told', async () => {
    const content = iconv.encode(
      'Project code,Project title,Planned investment\nA-1,Caf\u00e9,£5 million\n',
      'windows-1252',
    );
    const { rows } = await read(await file(content), {
      encoding: 'windows-1252',
      vocabulary: { ...vocabulary, currency: 'GBP' },
    });
    expect(rows[0]?.fields).toEqual({
      code: 'A-1',
      title: 'Café',
      estimatedInvestment: { value: '5000000.00', currency: 'GBP', bound: 'exact' },
    });
  });

  it('refuses broken UTF-8 instead of taking it for GB18030', async () => {
    const good = Buffer.from(CSV.repeat(20));
    for (const at of [good.indexOf('甲') + 1, good.lastIndexOf('丁') + 2]) {
      const broken = Buffer.from(good);
      broken[at] = 0x41;
      expect(await refusal(await file(broken))).toBe('broken-encoding');
      expect(await refusal(await file(broken), { encoding: 'utf-8' })).toBe('broken-encoding');
    }
    expect(await refusal(await file(good.subarray(0, good.lastIndexOf('丁') + 1)))).toBe('broken-encoding');
    const lucky = Buffer.from(`Project code,Project title,Industry\n${'A-1,甲乙,\n'.repeat(9)}`);
    lucky[lucky.lastIndexOf('甲') + 1] = 0xe7;
    expect(new TextDecoder('gb18030', { fatal: true }).decode(lucky)).toContain('A-1');
    expect(await refusal(await file(lucky))).toBe('broken-encoding');
  });

  it.each([
    ['nothing', '', 'empty-file'],
    ['blank lines', '\n\n,,\n', 'no-header'],
    ['no header', 'a,b\n1,2\n', 'no-header'],
    ['bytes of no encoding', Buffer.from([0x41, 0xff, 0xff, 0x0a, 0xff]), 'broken-encoding'],
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]), 'not-a-ledger-file'],
    ['a quote that never ends', `${HEADER.join(',')}\nA-1,"甲\n${'x,y\n'.repeat(500_000)}`, 'broken-csv'],
    ['no column that names projects', '项目名称,投资企业,行业\n甲,乙,丙\n', 'missing-column'],
    ['a signing without its kind', '项目编号,项目名称,签约金额,签约日期\n', 'missing-column'],
    ['a column twice', '项目编号,项目名称,投资方,投资主体\n', 'duplicate-column'],
    ['the header once more, with another unit', `${CSV}${HEADER.join(',').replace('万', '亿')}\n`, 'another-header'],
    ['another unit below', `${CSV.replace('（万元）', '')}单位：亿元,,,\n`, 'unclear-unit'],
    [
      'a unit below the header that is not clear',
      `${HEADER.join(',').replace('（万元）', '')}\n,,（亿元以上）\n`,
      'unclear-unit',
    ],
    ['broken gzip', gzipSync(CSV).subarray(0, 60), 'damaged'],
  ])('refuses %s', async (_, content, code) => expect(await refusal(await file(content))).toBe(code));

  it('passes over the header where it is repeated', async () => {
    const { rows, summary } = await read(await file(`${CSV}${HEADER.join(',')}\nA-3,戊,7,\n`));
    expect(rows.map(({ fields }) => fields.code)).toEqual(['A-1', 'A-2', 'A-3']);
    expect(summary).toMatchObject({ textRows: 1 });
  });

  it('keeps its limits', async () => {
    const path = await file(CSV);
    expect(await refusal(path, { limits: { fileBytes: 10 } })).toBe('file-too-large');
    expect(await refusal(path, { limits: { rows: 1 } })).toBe('too-many-rows');
    expect(await refusal(await file(gzipSync('x'.repeat(1_000_000))), { limits: { unpackedBytes: 500_000 } })).toBe(
      'file-too-large',
    );
  });

  it('stops when it is told to', async () => {
    await expect(read(await file(CSV), { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});

describe('workbooks', () => {
  it('reads every kind of cell', async () => {
    const rows = [
      textRow(1, ['台账']),
      `<row r="4">${HEADER.concat('投资企业', '行业')
        .map((_, at) => rawCell({ at: `${'ABCDEF'.charAt(at)}4`, type: 's', value: String(at) }))
        .join('')}</row>`,
      `<row r="5" hidden="1">${[
        rawCell({ at: 'A5', value: '1001' }),
        rawCell({ at: 'B5', type: 's', value: '6' }),
        rawCell({ at: 'C5', formula: '0.1+0.2', value: '0.30000000000000004' }),
        rawCell({ at: 'D5', style: 1, value: '45425.5' }),
        rawCell({ at: 'E5', type: 'str', formula: 'A1&amp;"x"', value: '甲_x000D__x005F_x0041_' }),
        rawCell({ at: 'F5', type: 'inlineStr', inline: '<r><t>甲</t></r><r><t xml:space="preserve"> 乙</t></r>' }),
      ].join('')}</row>`,
      `<row r="6">${[
        rawCell({ at: 'A6', value: 'A-6', type: 'str' }),
        rawCell({ at: 'C6', formula: 'A1' }),
        rawCell({ at: 'D6', type: 'e', value: '#REF!' }),
        rawCell({ at: 'F6', style: 2 }),
      ].join('')}</row>`,
      `<row r="7">${rawCell({ at: 'A7', value: 'A-7', type: 'str' })}${rawCell({ at: 'D7', style: 2, value: '60' })}</row>`,
    ];
    const strings = [...HEADER, '投资企业', '行业'].map((text) => `<t>${text}</t>`);
    const path = await workbook({
      sheets: [{ name: '一', rows: rows.join(''), merged: ['A1:F1', 'E5:E7'] }],
      strings: [...strings, '<r><t>丙</t></r><r><t>丁</t></r><rPh><t>bing</t></rPh>'],
      formats: [0, 14, 'yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;', '0.00_);[Red]\\(0.00\\)'],
    });
    const { rows: found, summary } = await read(path);
    expect(found[0]?.fields).toEqual({
      code: '1001',
      title: '丙丁',
      estimatedInvestment: { value: '3000.00', currency: 'CNY', bound: 'exact' },
      landedOn: '2024-05-13',
      investor: '甲\n_x0041_',
      industry: '甲 乙',
    });
    expect(found[1]?.errors.map(({ cell, code }) => [cell, code])).toEqual([
      ['C6', 'formula-not-calculated'],
      ['D6', 'formula-error'],
    ]);
    expect(found[2]?.errors.map(({ cell, code }) => [cell, code])).toEqual([['D7', 'no-such-day']]);
    expect(summary).toMatchObject({ format: 'xlsx', sheet: '一', headerRow: 4, rows: 3, hiddenRows: 1, blankRows: 0 });
    expect(summary.notes.map(({ cell, code }) => [cell, code])).toEqual([
      ['C4', 'unit-converted'],
      [undefined, 'hidden-rows'],
      ['E5', 'merged-cells'],
    ]);
  });

  it('reads dates that count from 1904', async () => {
    const rows =
      textRow(1, HEADER) +
      `<row r="2">${rawCell({ at: 'A2', value: '1' })}${rawCell({ at: 'D2', style: 1, value: '43963' })}</row>`;
    const { rows: found } = await read(
      await workbook({ sheets: [{ name: 'S', rows }], formats: [0, 14], date1904: true }),
    );
    expect(found[0]?.fields.landedOn).toBe('2024-05-13');
  });

  it('reads the unit that only the format of a number shows', async () => {
    const cells = [rawCell({ at: 'A2', value: '1' }), rawCell({ at: 'B2', style: 1, value: '5.2' })].join('');
    const rows = `${textRow(1, ['项目编号', '投资额', '行业'])}<row r="2">${cells}</row>`;
    const path = await workbook({ sheets: [{ name: 'S', rows }], formats: [0, '0.00&quot;亿元&quot;'] });
    const { rows: found } = await read(path);
    expect(found[0]?.fields.estimatedInvestment).toMatchObject({ value: '520000000.00' });
    expect(found[0]?.notes.map(({ cell, code }) => [cell, code])).toEqual([['B2', 'amount-converted']]);
  });

  it.each([
    ['General', '1', '1'],
    ['@', '1', '1'],
    ['0_ ', '1', '1'],
    ['0000', '1', '0001'],
    ['[Red]000;-000', '1', '001'],
    ['000', '2024001', '2024001'],
    ['000', '1.5', 'code-not-text'],
    ['000', '-1', 'code-not-text'],
    ['&quot;KLMY-2024-&quot;000', '1', 'code-not-text'],
    ['\\A000', '1', 'code-not-text'],
    ['0\\-000', '2024001', 'code-not-text'],
    ['#,##0', '2024001', 'code-not-text'],
    ['[DBNum1]General', '1', 'code-not-text'],
    ['yyyy\\-m', '45413', 'code-not-text'],
    [3, '1', 'code-not-text'],
    [49, '1', '1'],
  ])('reads a code in the format %s only where it tells which one it is', async (format, value, expected) => {
    const rows = `${textRow(1, HEADER)}<row r="2">${rawCell({ at: 'A2', style: 1, value })}</row>`;
    const { rows: found } = await read(await workbook({ sheets: [{ name: 'S', rows }], formats: [0, format] }));
    const [{ fields, errors }] = found as [PlacedRow];
    expect(fields.code ?? errors.map(({ cell, code }) => `${cell} ${code}`)).toEqual(
      expected === 'code-not-text' ? ['A2 code-not-text'] : expected,
    );
  });

  it('takes the first visible sheet with a header, or the one it is told', async () => {
    const sheet = (code: string) => textRow(1, HEADER) + textRow(2, [code]);
    const path = await workbook({
      sheets: [
        { name: '填写说明', rows: textRow(1, ['请勿修改表头']) },
        { name: '旧', rows: sheet('old'), state: 'hidden' },
        { name: '缺', rows: textRow(1, ['项目编号', '项目名称', '签约日期']) },
        { name: '空', rows: textRow(1, ['项目名称', '投资企业', '行业']) },
        { name: '一', rows: sheet('one') },
        { name: '二', rows: sheet('two') },
        { name: '三', rows: textRow(1, [...HEADER, '项目名称']) },
        { name: '汇总', rows: textRow(1, ['落地地州', '投资企业', '签约金额', '签约日期']) },
      ],
    });
    const { rows, summary } = await read(path);
    expect(rows[0]?.fields.code).toBe('one');
    expect(summary.notes.filter(({ code }) => code === 'sheet-not-read').map(({ text: { en } }) => en)).toEqual([
      'the sheets "缺", "二", "三" hold projects too and were not read; save each as a file of its own',
    ]);
    const two = await read(path, { sheet: '二' });
    expect(two.rows[0]?.fields.code).toBe('two');
    expect(two.summary.notes.map(({ code }) => code)).not.toContain('sheet-not-read');
    expect((await read(path, { sheet: '旧' })).rows[0]?.fields.code).toBe('old');
    expect(await refusal(path, { sheet: '四' })).toBe('unknown-sheet');
    expect(await refusal(path, { sheet: '空' })).toBe('missing-column');
    expect(await refusal(path, { sheet: '填写说明' })).toBe('no-header');
  });

  describe('that are attacks or accidents', () => {
    const parts = () => workbookParts({ sheets: [{ name: 'S', rows: textRow(1, HEADER) + textRow(2, ['A-1']) }] });

    it('are refused before they are unpacked when they would unpack to too much', async () => {
      const bomb = { ...parts(), 'xl/worksheets/sheet1.xml': Buffer.alloc(64 * 1024 * 1024, ' ') };
      expect(await refusal(await writeZip(fresh(), bomb))).toBe('zip-bomb');
      const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, at) => [`p${at}`, '']));
      expect(await refusal(await writeZip(fresh(), { ...parts(), ...many }))).toBe('zip-bomb');
      const path = await writeZip(fresh(), parts());
      expect(await refusal(path, { limits: { unpackedBytes: 1_000 } })).toBe('zip-bomb');
    });

    it('are refused when their directory lies about the size', async () => {
      const path = await writeZip(fresh(), {
        ...parts(),
        'xl/worksheets/sheet1.xml': Buffer.alloc(64 * 1024 * 1024, ' '),
      });
      const zip = await readFile(path);
      // The uncompressed size stands 22 bytes before the name in the central directory.
      zip.writeUInt32LE(20_000, zip.lastIndexOf('xl/worksheets/sheet1.xml') - 22);
      expect(await refusal(await file(zip))).toBe('damaged');
    });

    it('are refused when one cell or the table of texts never ends', async () => {
      const noise = Buffer.from(Array.from({ length: 4_000_000 }, (_, at) => 97 + ((at * at) % 23))).toString();
      const rows = textRow(1, HEADER) + textRow(2, ['A-1', noise]);
      const { rows: found } = await read(await workbook({ sheets: [{ name: 'S', rows }] }), {
        limits: { compression: 1e6 },
      });
      expect(found[0]?.errors).toMatchObject([{ cell: 'B2', code: 'too-long' }]);
      const path = await workbook({ sheets: [{ name: 'S', rows: '' }], strings: [`<t>${noise}</t>`] });
      expect(await refusal(path, { limits: { sharedStringBytes: 1_000_000, compression: 1e6 } })).toBe(
        'file-too-large',
      );
    });

    it.each([
      ['XML that is not well-formed', { 'xl/worksheets/sheet1.xml': '<worksheet><sheetData><row r="1"></sheetData>' }],
      [
        'entities that grow',
        {
          'xl/worksheets/sheet1.xml':
            '<!DOCTYPE x [<!ENTITY a "aa">]><worksheet><sheetData>&a;</sheetData></worksheet>',
        },
      ],
      ['no sheet', { 'xl/worksheets/sheet1.xml': undefined }],
      [
        'a text that is not there',
        {
          'xl/worksheets/sheet1.xml': `<worksheet><sheetData><row r="1">${rawCell({ at: 'A1', type: 's', value: '7' })}</row></sheetData></worksheet>`,
        },
      ],
      [
        'rows out of order',
        {
          'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${textRow(5, HEADER)}${textRow(2, ['A'])}</sheetData></worksheet>`,
        },
      ],
      ['broken UTF-8', { 'xl/worksheets/sheet1.xml': Buffer.from([0x3c, 0x77, 0x3e, 0xff, 0xfe]) }],
    ])('are refused: %s', async (_, replaced) => {
      const all = Object.entries({ ...parts(), ...replaced }).filter(
        (part): part is [string, string] => part[1] !== undefined,
      );
      expect(await refusal(await writeZip(fresh(), Object.fromEntries(all)))).toBe('damaged');
    });

    it('are refused when they are something else', async () => {
      expect(
        await refusal(await writeZip(fresh(), { mimetype: 'application/vnd.oasis.opendocument.spreadsheet' })),
      ).toBe('not-a-ledger-file');
      expect(await refusal(await writeZip(fresh(), { 'word/document.xml': '' }))).toBe('not-a-ledger-file');
      const compound = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(3000)]);
      expect(await refusal(await file(compound))).toBe('not-a-ledger-file');
      expect(await refusal(await file(Buffer.concat([compound, Buffer.from('EncryptedPackage', 'utf16le')])))).toBe(
        'encrypted',
      );
    });

    it('are refused wherever they are cut off', async () => {
      const zip = await readFile('deploy/samples/karamay-2024.xlsx');
      for (let cut = 1; cut < zip.length; cut += Math.ceil(zip.length / 60)) {
        expect(await refusal(await file(zip.subarray(0, cut)))).toMatch(
          /damaged|not-a-ledger-file|broken-encoding|no-header/,
        );
      }
    });

    it('are refused or read rightly, whichever byte is wrong', async () => {
      const path = 'deploy/samples/karamay-2024-follow-up.xlsx';
      const zip = await readFile(path);
      const right = (await read(path)).rows;
      let refused = 0;
      for (let round = 0; round < 150; round++) {
        const broken = Buffer.from(zip);
        const at = (round * 7919) % zip.length;
        broken[at] = (broken[at] ?? 0) ^ (1 + (round % 255));
        const outcome = await read(await file(broken)).catch((error: unknown) => error);
        if (outcome instanceof LedgerFileError) refused++;
        else expect(outcome).toMatchObject({ rows: right });
      }
      expect(refused).toBeGreaterThan(50);
    });
  });
});
