import { isDeepStrictEqual } from 'node:util';
import { Agreement } from '../project/events';
import { CellResult, isPlaceholder, unreadable } from './cell-result';
import { ColumnField } from './columns';
import { Header, HeaderColumn } from './header';
import { LedgerField, PlacedRow } from './ledger-row';
import { readCell } from './read-cell';
import { cellAddress, TableCell, TableRow } from './table';
import { mergedUnits, readUnits } from './unit-text';
import { LedgerVocabulary } from './vocabulary';

/** Reads every cell of a row that has a known column; what cannot be read becomes an error, and reading goes on. */
export function readRow(table: TableRow, header: Header, vocabulary: LedgerVocabulary): PlacedRow {
  const row: PlacedRow = { sheet: table.sheet, row: table.row, fields: {}, raw: {}, cells: {}, errors: [], notes: [] };
  const agreement = readAgreementOf(table, header, vocabulary);
  const unit = unitOfRow(table, header);
  for (const column of header.columns) {
    const field = fieldOf(column.column.field, agreement);
    const address = cellAddress(column.index, table.row);
    if (field) row.cells[field] = address;
    const found = table.cells[column.index];
    if (!found) continue;
    const cell = column.column.kind === 'money' ? { ...found, unit: mergedUnits(unit, found.unit) } : found;
    if (field) row.raw[field] = cell.text;
    const result = field ? readCell(cell, column, vocabulary) : readWithoutField(column, agreement);
    if (result) keep(row, { field, address, result });
  }
  checkSigning(row, header, agreement);
  checkIdentity(row, header);
  return row;
}

/** What the row itself says of the unit of its amounts. */
function unitOfRow(table: TableRow, header: Header): TableCell['unit'] {
  const cell = header.unitIndex === undefined ? undefined : table.cells[header.unitIndex];
  if (!cell || isPlaceholder(cell.text)) return undefined;
  return readUnits([cell.text.slice(0, 100)]) ?? 'unclear';
}

type AgreementResult = CellResult<unknown> | undefined;

function readAgreementOf(table: TableRow, header: Header, vocabulary: LedgerVocabulary): AgreementResult {
  const column = columnFor(header, 'agreement');
  const cell = column && table.cells[column.index];
  return column && cell && readCell(cell, column, vocabulary);
}

const INVESTMENT: Record<string, LedgerField> = { signedAmount: 'investmentAmount', signedOn: 'investmentSignedOn' };
const INTENT: Record<string, LedgerField> = {
  agreement: 'intentAgreement',
  signedAmount: 'intentAmount',
  signedOn: 'intentSignedOn',
};

/** Which field a column feeds in this row; the signing columns feed those of the agreement that was signed. */
function fieldOf(field: ColumnField, agreement: AgreementResult): LedgerField | undefined {
  if (field !== 'agreement' && field !== 'signedAmount' && field !== 'signedOn') return field;
  if (!agreement?.ok) return undefined;
  return ((agreement.value as Agreement) === 'investment' ? INVESTMENT : INTENT)[field];
}

function readWithoutField({ column }: HeaderColumn, agreement: AgreementResult): CellResult<unknown> | undefined {
  if (column.field === 'agreement') return agreement?.ok ? undefined : agreement;
  // The unreadable agreement has its own error already.
  if (agreement) return undefined;
  const { zh, en } = column.header;
  return unreadable('agreement-missing', `有“${zh}”而没有协议类型`, `"${en}" without the kind of agreement`);
}

interface Kept {
  field: LedgerField | undefined;
  address: string;
  result: CellResult<unknown>;
}

function keep(row: PlacedRow, { field, address, result }: Kept): void {
  if (!result.ok) {
    row.errors.push({ field, cell: address, code: result.code, text: result.text });
    return;
  }
  if (!field) return;
  const known = row.fields[field];
  if (known !== undefined && !isDeepStrictEqual(known, result.value)) {
    const text = { zh: '与同一行另一列的内容矛盾', en: 'contradicts another column of the same row' };
    row.errors.push({ field, cell: address, code: 'contradiction', text });
    return;
  }
  (row.fields as Record<string, unknown>)[field] = result.value;
  if (result.note) row.notes.push({ field, cell: address, ...result.note });
}

function checkSigning(row: PlacedRow, header: Header, agreement: AgreementResult): void {
  if (!agreement?.ok || row.errors.length > 0) return;
  const date = fieldOf('signedOn', agreement);
  if (date && row.fields[date] !== undefined) return;
  const column = columnFor(header, 'signedOn') ?? columnFor(header, 'agreement');
  const text = { zh: '有协议类型而没有签约日期', en: 'a kind of agreement without the date of its signing' };
  row.errors.push({
    field: date,
    cell: column && cellAddress(column.index, row.row),
    code: 'signing-date-missing',
    text,
  });
}

function checkIdentity(row: PlacedRow, header: Header): void {
  if (row.fields.id !== undefined || row.fields.code !== undefined) return;
  if (row.errors.some(({ field }) => field === 'id' || field === 'code')) return;
  const column = columnFor(header, 'code') ?? columnFor(header, 'id');
  const text = { zh: '没有项目编号', en: 'the project code is missing' };
  row.errors.push({
    field: 'code',
    cell: column && cellAddress(column.index, row.row),
    code: 'identity-missing',
    text,
  });
}

function columnFor(header: Header, field: ColumnField): HeaderColumn | undefined {
  return header.columns.find(({ column }) => column.field === field);
}
