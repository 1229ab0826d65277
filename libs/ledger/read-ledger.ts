import { ColumnField } from './columns';
import { Header, HEADER_WITHIN, findHeader } from './header';
import { isHeaderAgain, refuseOtherUnit } from './header-again';
import { LedgerFileError } from './ledger-file-error';
import { endNotes, headerNotes, otherSheetsNote } from './ledger-notes';
import { CellError, PlacedRow } from './ledger-row';
import { openTable } from './read-table';
import { readRow } from './row-reader';
import { isTextRow, isTotalRow } from './skipped-rows';
import { columnLetters, Encoding, LedgerSource, LIMITS, Table, TableOptions, TableRow, TableSheet } from './table';
import { LedgerVocabulary } from './vocabulary';

export interface ReadOptions extends TableOptions {
  vocabulary: LedgerVocabulary;
}

/** What was found out about the file; complete when the last row has been read. */
export interface LedgerSummary {
  format: 'xlsx' | 'csv';
  encoding?: Encoding;
  sheet: string;
  /** Row of the header, its last row when it has two. */
  headerRow: number;
  /** Recognised columns, left to right. */
  columns: { field: ColumnField; letters: string; header: string }[];
  /** Data rows that were handed out, whether they have errors or not. */
  rows: number;
  blankRows: number;
  /** 合计, 小计, 总计, Total. */
  totalRows: number;
  /** Notes below the table, and headers that a long table repeats. */
  textRows: number;
  hiddenRows: number;
  /** What concerns the file as a whole: columns nobody knows, units taken from headers, hidden rows. */
  notes: CellError[];
}

/** Rows as they are read. `summary` is empty until iteration has begun, and complete when it has ended. */
export interface LedgerReading extends AsyncIterable<PlacedRow> {
  readonly summary: LedgerSummary;
}

/**
 * Reads a ledger row by row; memory does not grow with the file. A cell that cannot be read is an error of its row; a
 * file that cannot be read throws a `LedgerFileError` from the iteration.
 */
export function readLedger(source: LedgerSource, options: ReadOptions): LedgerReading {
  const summary: LedgerSummary = {
    format: 'csv',
    sheet: '',
    headerRow: 0,
    columns: [],
    rows: 0,
    blankRows: 0,
    totalRows: 0,
    textRows: 0,
    hiddenRows: 0,
    notes: [],
  };
  return { summary, [Symbol.asyncIterator]: () => readRows(source, options, summary) };
}

async function* readRows(
  source: LedgerSource,
  options: ReadOptions,
  summary: LedgerSummary,
): AsyncGenerator<PlacedRow> {
  const table = await openTable(source, options);
  const most = options.limits?.rows ?? LIMITS.rows;
  try {
    const { header, sheet } = await locate(table);
    describe(summary, table, header);
    summary.notes.push(...otherSheetsNote(await othersWithProjects(table, sheet)));
    for await (const row of dataRows(sheet.rows, header, summary)) {
      if (summary.rows > most) throw tooManyRows(most);
      yield readRow(row, header, options.vocabulary);
    }
    summary.notes.push(...endNotes(summary, sheet.merged));
  } finally {
    table.close();
  }
}

/** The first sheet with a header that names projects, and its rows below that header. */
async function locate(table: Table): Promise<{ header: Header; sheet: TableSheet }> {
  let incomplete: LedgerFileError | undefined;
  for (const sheet of table.sheets) {
    const header = await headerOf(sheet);
    const missing = header && missingColumn(header);
    if (header && !missing) return { header, sheet };
    incomplete ??= missing;
  }
  throw incomplete ?? noHeader(table);
}

async function headerOf(sheet: TableSheet): Promise<Header | undefined> {
  const first: TableRow[] = [];
  for await (const row of sheet.rows) if (first.push(row) >= HEADER_WITHIN) break;
  return findHeader(first);
}

/** Names of the sheets beside the one that is read which somebody may believe to be read as well. */
async function othersWithProjects({ sheets }: Table, read: TableSheet): Promise<string[]> {
  const names: string[] = [];
  for (const sheet of sheets) if (sheet !== read && (await namesProjects(sheet))) names.push(sheet.name);
  return names;
}

async function namesProjects(sheet: TableSheet): Promise<boolean> {
  try {
    const header = await headerOf(sheet);
    return header?.columns.some(({ column }) => column.field === 'code' || column.field === 'id') ?? false;
  } catch (error) {
    if (!(error instanceof LedgerFileError)) throw error;
    // A header with a fault is one. A sheet that is broken is nobody's projects.
    return error.code === 'duplicate-column' || error.code === 'unclear-unit';
  }
}

/** Counts what is passed over. */
async function* dataRows(
  rows: AsyncIterable<TableRow>,
  header: Header,
  summary: LedgerSummary,
): AsyncGenerator<TableRow> {
  let last = header.row;
  for await (const row of rows) {
    if (row.row <= header.row) continue;
    summary.blankRows += row.row - last - 1;
    last = row.row;
    if (isTotalRow(row, header)) summary.totalRows++;
    else if (isTextRow(row, header) || isHeaderAgain(row, header)) summary.textRows++;
    else {
      refuseOtherUnit(row, header);
      summary.rows++;
      if (row.hidden) summary.hiddenRows++;
      yield row;
    }
  }
}

function describe(summary: LedgerSummary, table: Table, header: Header): void {
  summary.format = table.format;
  summary.encoding = table.encoding;
  summary.sheet = header.sheet;
  summary.headerRow = header.row;
  summary.columns = header.columns.map(({ column, index, written }) => {
    return { field: column.field, letters: columnLetters(index), header: written };
  });
  summary.notes.push(...headerNotes(header));
}

function missingColumn(header: Header): LedgerFileError | undefined {
  const has = (field: ColumnField) => header.columns.some(({ column }) => column.field === field);
  if (!has('code') && !has('id')) return missing(header, '项目编号', 'Project code');
  if (has('agreement') && !has('signedOn')) return missing(header, '签约日期', 'Signed on');
  if (!has('agreement') && (has('signedOn') || has('signedAmount'))) return missing(header, '协议类型', 'Agreement');
  return undefined;
}

function missing(header: Header, zh: string, en: string): LedgerFileError {
  return new LedgerFileError('missing-column', {
    zh: `第 ${header.row} 行的表头缺少“${zh}”一列`,
    en: `the header in row ${header.row} has no column "${en}" (${zh})`,
  });
}

function noHeader(table: Table): LedgerFileError {
  const sheets = table.sheets.map((sheet) => sheet.name).filter((name) => name !== '');
  return new LedgerFileError('no-header', {
    zh: `前 ${HEADER_WITHIN} 行内没有找到表头（如 项目编号、项目名称、投资企业）${sheets.length ? `；已查找工作表：${sheets.join('、')}` : ''}`,
    en: `no header (such as Project code, Project title, Investor) in the first ${HEADER_WITHIN} rows${sheets.length ? ` of ${sheets.join(', ')}` : ''}`,
  });
}

function tooManyRows(most: number): LedgerFileError {
  return new LedgerFileError('too-many-rows', {
    zh: `超过 ${most} 行，请拆分后再上传`,
    en: `more than ${most} rows; split the file`,
  });
}
