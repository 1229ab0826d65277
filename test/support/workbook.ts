import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Writes a zip file of these parts, in this order. */
export async function writeZip(path: string, parts: Record<string, string | Buffer>): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content] of Object.entries(parts)) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  return path;
}

/** The XML of a cell: `['s', '0']` is text number 0; a formula is given with or without its result. */
export interface RawCell {
  at: string;
  type?: string;
  style?: number;
  value?: string;
  formula?: string;
  /** XML inside `<is>`. */
  inline?: string;
}

export function rawCell({ at, type, style, value, formula, inline }: RawCell): string {
  const attributes = `${type ? ` t="${type}"` : ''}${style === undefined ? '' : ` s="${style}"`}`;
  const inner = [
    formula === undefined ? '' : `<f>${formula}</f>`,
    value === undefined ? '' : `<v>${value}</v>`,
    inline === undefined ? '' : `<is>${inline}</is>`,
  ];
  return `<c r="${at}"${attributes}>${inner.join('')}</c>`;
}

/** Cells with these texts in one row, from column A. */
export function textRow(row: number, texts: (string | undefined)[]): string {
  const cells = texts.map((text, at) =>
    text === undefined
      ? ''
      : rawCell({ at: `${String.fromCharCode(65 + at)}${row}`, type: 'inlineStr', inline: `<t>${text}</t>` }),
  );
  return `<row r="${row}">${cells.join('')}</row>`;
}

export interface RawWorkbook {
  sheets: { name: string; rows: string; state?: string; merged?: string[] }[];
  /** Items of the table of texts, each the XML inside `<si>`. */
  strings?: string[];
  /** Number formats of the cell styles 0, 1, …: an id, or a code. */
  formats?: (number | string)[];
  date1904?: boolean;
}

/** The parts of a workbook, as small as the format allows. */
export function workbookParts({ sheets, strings, formats = [], date1904 }: RawWorkbook): Record<string, string> {
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const relations = 'http://schemas.openxmlformats.org/package/2006/relationships';
  const relation = (id: string, type: string, target: string) =>
    `<Relationship Id="${id}" Type="${office}/${type}" Target="${target}"/>`;
  const parts: Record<string, string> = {
    '_rels/.rels': `<Relationships xmlns="${relations}">${relation('r1', 'officeDocument', '/xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><workbookPr${date1904 ? ' date1904="1"' : ''}/><sheets>${sheets
      .map(
        ({ name, state }, at) =>
          `<sheet name="${name}" sheetId="${at + 1}" r:id="s${at}"${state ? ` state="${state}"` : ''}/>`,
      )
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${relations}">${[
      ...sheets.map((_, at) => relation(`s${at}`, 'worksheet', `worksheets/sheet${at + 1}.xml`)),
      relation('styles', 'styles', 'styles.xml'),
      ...(strings ? [relation('strings', 'sharedStrings', 'sharedStrings.xml')] : []),
    ].join('')}</Relationships>`,
    'xl/styles.xml': stylesXml(main, formats),
  };
  for (const [at, { rows, merged = [] }] of sheets.entries()) {
    const merges = merged.map((range) => `<mergeCell ref="${range}"/>`).join('');
    parts[`xl/worksheets/sheet${at + 1}.xml`] =
      `<worksheet xmlns="${main}"><sheetData>${rows}</sheetData>${merges ? `<mergeCells>${merges}</mergeCells>` : ''}</worksheet>`;
  }
  // Behind the sheets, as some programs write it.
  if (strings)
    parts['xl/sharedStrings.xml'] = `<sst xmlns="${main}">${strings.map((item) => `<si>${item}</si>`).join('')}</sst>`;
  return parts;
}

function stylesXml(main: string, formats: (number | string)[]): string {
  const custom = formats.map((format, at) =>
    typeof format === 'string' ? `<numFmt numFmtId="${200 + at}" formatCode="${format}"/>` : '',
  );
  const styles = formats.map((format, at) => `<xf numFmtId="${typeof format === 'string' ? 200 + at : format}"/>`);
  return `<styleSheet xmlns="${main}"><numFmts>${custom.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${styles.join('')}</cellXfs></styleSheet>`;
}
