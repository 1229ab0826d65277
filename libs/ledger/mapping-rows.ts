import { byteSource } from './csv-table';
import { rearm } from './disarm';
import { decode } from './encoding';
import { LedgerFileError } from './ledger-file-error';
import { LedgerField, PlacedRow } from './ledger-row';
import type { FieldRule, RegisterMapping } from './mapping';
import { mapRecord } from './mapping-rules';
import { LedgerSummary, ReadOptions } from './read-ledger';
import { fileFormat, openTable } from './read-table';
import { cellAddress, Encoding, LedgerSource, LIMITS, TableRow } from './table';

/** Rows in the order of the file; what is said beside them is complete when the last has been read. */
export interface RowReading extends AsyncIterable<PlacedRow> {
  readonly summary: Pick<LedgerSummary, 'sheet' | 'headerRow' | 'notes' | 'encoding'>;
}

/**
 * Reads a register row by row. Its header is the first row, and every column the mapping reads must stand in it.
 * @throws LedgerFileError from the iteration
 */
export function readRegister(source: LedgerSource, mapping: RegisterMapping, options: ReadOptions): RowReading {
  const summary: RowReading['summary'] = { sheet: '', headerRow: 1, notes: [] };
  return {
    summary,
    async *[Symbol.asyncIterator](): AsyncGenerator<PlacedRow> {
      const encoding = await encodingOf(source.path, mapping.format.encoding);
      const { delimiter } = mapping.format;
      const table = await openTable(source, { ...options, encoding, delimiter });
      try {
        let layout: Layout | undefined;
        for await (const row of table.sheets[0]?.rows ?? []) {
          if (layout) yield placeRow(row, layout, mapping, options);
          else {
            layout = readHeader(row, mapping);
            Object.assign(summary, { sheet: row.sheet, headerRow: row.row, encoding: table.encoding });
          }
        }
        if (!layout) throw new LedgerFileError('no-header', { zh: '没有表头', en: 'the file has no header' });
      } finally {
        table.close();
      }
    },
  };
}

interface Layout {
  header: readonly string[];
  /** Index of the first column that feeds each field. */
  columns: ReadonlyMap<LedgerField, number>;
}

function placeRow(
  { sheet, row, cells }: TableRow,
  { header, columns }: Layout,
  mapping: RegisterMapping,
  { vocabulary }: ReadOptions,
): PlacedRow {
  const blanks = mapping.format.blanks ?? [];
  const record = new Map<string, string>();
  cells.forEach((cell, index) => {
    const name = header[index];
    const text = rearm(cell?.text ?? '');
    if (name && text !== '' && !blanks.includes(text)) record.set(name, text);
  });
  const addresses: PlacedRow['cells'] = {};
  for (const [field, column] of columns) addresses[field] = cellAddress(column, row);
  return { sheet, row, cells: addresses, ...mapRecord(record, mapping, vocabulary) };
}

/** @throws LedgerFileError when the file is not the register the mapping was made for */
function readHeader({ cells }: TableRow, mapping: RegisterMapping): Layout {
  const header = Array.from(cells, (cell) => cell?.text ?? '');
  const fed = columnsByField(mapping);
  const unknown = new Set(fed.flatMap(([, names]) => names).filter((name) => !header.includes(name)));
  if (unknown.size === 0) {
    return { header, columns: new Map(fed.map(([field, [first = '']]) => [field, header.indexOf(first)])) };
  }
  const names = [...unknown].map((column) => `"${column}"`).join(', ');
  throw new LedgerFileError('missing-column', {
    zh: `文件缺少映射 ${mapping.id} 所用的列：${names}`,
    en: `the file has no column ${names}, which the mapping ${mapping.id} reads`,
  });
}

/** The columns each field is read from; a field that is only implied or constant has none. */
function columnsByField({ fields }: RegisterMapping): [LedgerField, string[]][] {
  const columnsOf = ({ when, first, earliest, latest }: FieldRule) => [
    ...(first ?? earliest ?? latest ?? []),
    ...(when ? [when.column] : []),
  ];
  return Object.entries(fields)
    .map(([field, rules]): [LedgerField, string[]] => [field as LedgerField, [rules].flat().flatMap(columnsOf)])
    .filter(([, columns]) => columns.length > 0);
}

/** A file that is UTF-8 throughout is UTF-8: text in another encoding never is, as soon as it leaves ASCII. */
async function encodingOf(path: string, otherwise: Encoding | undefined): Promise<Encoding | undefined> {
  if (!otherwise) return undefined;
  const format = await fileFormat(path, LIMITS);
  if (format === 'xlsx') return undefined;
  const text = decode(byteSource(path, LIMITS, format === 'csv.gz')(), 'utf-8');
  try {
    while (!(await text.next()).done);
    return 'utf-8';
  } catch (error) {
    if (error instanceof LedgerFileError && error.code === 'broken-encoding') return otherwise;
    throw error;
  }
}
