import { CivilDate, isCivilDate } from '../project/civil-date';
import { IntentAgreement, Status } from '../project/events';
import { parseAmount } from '../project/money';
import { columnName } from './column-name';
import { ColumnKind, LEDGER_COLUMNS } from './columns';
import { CellError, LedgerField, LedgerRow, PlacedRow } from './ledger-row';
import type { FieldRule, RegisterMapping } from './mapping';
import { LedgerVocabulary } from './vocabulary';

/** A row of a register by the names of its columns, trimmed; a blank cell is missing. */
export type RegisterRecord = ReadonlyMap<string, string>;

export type MappedRow = Pick<PlacedRow, 'fields' | 'raw' | 'errors'> & { notes: CellError[] };

const KINDS = new Map(LEDGER_COLUMNS.map(({ field, kind }) => [field as string, kind]));

/** Feeds the fields of a ledger row from a record. What cannot be understood is an error of the field. */
export function mapRecord(record: RegisterRecord, mapping: RegisterMapping, vocabulary: LedgerVocabulary): MappedRow {
  const reading = new RecordReading(record, mapping, vocabulary);
  for (const field of Object.keys(mapping.fields) as LedgerField[]) reading.value(field);
  return reading.result();
}

/** Of what a mapping says of a cell, and never of what every object has: a cell may say `constructor`. */
function entryOf<Value>(entries: Record<string, Value> | undefined, cell: string): Value | undefined {
  return entries && Object.hasOwn(entries, cell) ? entries[cell] : undefined;
}

class RecordReading {
  private readonly values = new Map<LedgerField, string | undefined>();
  private readonly row: MappedRow = { fields: {}, raw: {}, errors: [], notes: [] };

  constructor(
    private readonly record: RegisterRecord,
    private readonly mapping: RegisterMapping,
    private readonly vocabulary: LedgerVocabulary,
  ) {}

  /** The field's value in the ledger's words: a code, a civil date, an amount. */
  value(field: LedgerField): string | undefined {
    if (this.values.has(field)) return this.values.get(field);
    const value = this.find(field);
    this.values.set(field, value);
    if (value !== undefined) Object.assign(this.row.fields, { [field]: this.typed(field, value) });
    return value;
  }

  result(): MappedRow {
    const { expects } = this.mapping;
    const said = expects && (this.record.get(expects.column) ?? '');
    const expected = said && entryOf(expects.is, said);
    if (expected && this.values.get(expected) === undefined) {
      const text = { zh: `状态为“${said}”，但没有相应日期`, en: `the register says "${said}", but not since when` };
      this.row.notes.push({ field: expected, code: 'date-unknown', text });
    }
    return this.row;
  }

  private find(field: LedgerField): string | undefined {
    for (const rule of [this.mapping.fields[field] ?? []].flat()) {
      if (rule.when && !rule.when.is.includes(this.record.get(rule.when.column) ?? '')) continue;
      if (rule.ifKnown && this.value(rule.ifKnown) === undefined) continue;
      const value = this.apply(rule, field);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  private apply(rule: FieldRule, field: LedgerField): string | undefined {
    if (rule.impliedBy) return this.implied(rule.impliedBy, field);
    if (rule.constant !== undefined) return this.understand(field, rule.constant);
    const columns = rule.first ?? rule.earliest ?? rule.latest ?? [];
    const cells = columns.map((column) => this.record.get(column)).filter((cell) => cell !== undefined);
    const chosen = rule.first ? cells.slice(0, 1) : cells;
    const values = chosen.map((cell) =>
      this.understand(field, `${rule.prefix ?? ''}${entryOf(rule.values, cell) ?? cell}`),
    );
    this.row.raw[field] ??= chosen[0];
    const known = values.filter((value) => value !== undefined).sort();
    return rule.latest ? known.at(-1) : known[0];
  }

  private implied(sources: readonly LedgerField[], field: LedgerField): string | undefined {
    const source = sources.find((candidate) => this.value(candidate) !== undefined);
    if (!source) return undefined;
    const { zh, en } = columnName(source);
    const text = { zh: `未填，取自“${zh}”`, en: `is blank: taken from "${en}"` };
    this.row.notes.push({ field, code: 'implied', text });
    return this.value(source);
  }

  /** `13/05/2024` → `2024-05-13`, `South West` → `south-west`. */
  private understand(field: LedgerField, text: string): string | undefined {
    const understood = UNDERSTAND[KINDS.get(field) ?? 'text'](text, this.mapping, this.vocabulary);
    if (understood === undefined) {
      const error = { zh: `无法识别“${text}”`, en: `"${text}" is not understood` };
      this.row.errors.push({ field, code: 'cell-unclear', text: error });
    }
    return understood;
  }

  private typed(field: LedgerField, value: string): LedgerRow[LedgerField] {
    return KINDS.get(field) === 'money' ? { value, currency: this.vocabulary.currency, bound: 'exact' } : value;
  }
}

type Understand = (text: string, mapping: RegisterMapping, vocabulary: LedgerVocabulary) => string | undefined;

const STATUSES: readonly string[] = ['active', 'suspended', 'terminated'] satisfies Status[];
const INTENTS: readonly string[] = ['intent', 'framework'] satisfies IntentAgreement[];

const UNDERSTAND: Record<ColumnKind, Understand> = {
  text: (text) => text,
  id: (text) => text,
  date: (text, { format }) => parseDate(text, format.dates),
  money: (text) => parseAmount(text.replaceAll(',', '')),
  place: (text, _mapping, vocabulary) => vocabulary.resolveRegion(text),
  partner: (text, _mapping, vocabulary) => vocabulary.resolvePartner(text),
  cluster: (text, _mapping, vocabulary) => vocabulary.resolveCluster(text),
  agreement: () => undefined,
  intent: (text) => (INTENTS.includes(text) ? text : undefined),
  status: (text) => (STATUSES.includes(text) ? text : undefined),
};

const DATE_PARTS: Record<RegisterMapping['format']['dates'], RegExp> = {
  'dd/mm/yyyy': /^(?<day>\d{1,2})\/(?<month>\d{1,2})\/(?<year>\d{4})$/,
  'mm/dd/yyyy': /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4})$/,
  'yyyy-mm-dd': /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})$/,
};

function parseDate(text: string, order: RegisterMapping['format']['dates']): CivilDate | undefined {
  const { year = '', month = '', day = '' } = DATE_PARTS[order].exec(text)?.groups ?? {};
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isCivilDate(date) ? date : undefined;
}
