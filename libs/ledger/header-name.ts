import { plain } from './cell-result';
import { ColumnField, LEDGER_COLUMNS, LedgerColumn, PASSED_OVER } from './columns';
import { otherWords, readUnits } from './unit-text';

/** What a cell of a header is the name of. */
export interface NamedColumn {
  column: LedgerColumn;
  /** Whether the header is the column's own, not a synonym. */
  own: boolean;
  /** What stands beside the name, such as the unit. */
  beside: string[];
}

/** Characters of a header; what is longer is none. */
const LONGEST = 200;

/** Recognises `投资额（亿元）`, `投 资 额`, `*Investor:`, `计划投资 单位：万元`, `总投资/亿元`, `总投资 亿元`. */
export function namedColumn(text: string): NamedColumn | undefined {
  if (text.length > LONGEST) return undefined;
  const direct = COLUMN_BY_HEADER.get(normalised(text));
  const named = direct ? { ...direct, beside: [] } : (divided(text) ?? beforeUnit(text));
  return named && isAnother(named) ? undefined : named;
}

export function isPassedOver(text: string): boolean {
  return text.length <= LONGEST && PASSED_OVER_HEADERS.has(normalised(text));
}

/** A column that says of each row what its amounts are counted in. */
export function isUnitColumn(text: string): boolean {
  return text.length <= LONGEST && UNIT_HEADERS.has(normalised(text));
}

/** Also used by tests, to see that no two columns share a header. */
export function normalised(text: string): string {
  return plain(text)
    .toLowerCase()
    .replace(/[\s\u200b*]+/g, '')
    .replace(/:$/, '');
}

type Known = Omit<NamedColumn, 'beside'>;

const COLUMN_BY_HEADER: ReadonlyMap<string, Known> = new Map(
  LEDGER_COLUMNS.flatMap((column) => [
    ...column.synonyms.map((text): [string, Known] => [normalised(text), { column, own: false }]),
    ...[column.header.zh, column.header.en].map((text): [string, Known] => [normalised(text), { column, own: true }]),
  ]),
);

const PASSED_OVER_HEADERS = new Set(PASSED_OVER.map(normalised));

const UNIT_HEADERS = new Set('币种 币别 货币 货币种类 货币单位 金额单位 currency currencyunit'.split(' '));

const OPENING = /[([【〔{]/;
const CLOSED = /[)\]】〕}]\s*:?$/;
const DIVIDER = /单位:|unit:|[/,:]/i;

/** A name before brackets, or before a divider. */
function divided(text: string): NamedColumn | undefined {
  const whole = plain(text);
  const found = [CLOSED.test(whole) ? OPENING.exec(whole) : null, DIVIDER.exec(whole)];
  for (const match of found) {
    const known = match && COLUMN_BY_HEADER.get(normalised(whole.slice(0, match.index)));
    if (known) return { ...known, beside: [whole.slice(match.index + match[0].length)] };
  }
  return undefined;
}

const MONEY_HEADERS = [...COLUMN_BY_HEADER.keys()].filter(
  (name) => COLUMN_BY_HEADER.get(name)?.column.kind === 'money',
);

/** A name with nothing between it and a unit. */
function beforeUnit(text: string): NamedColumn | undefined {
  const whole = normalised(text);
  const names = MONEY_HEADERS.filter((name) => whole.startsWith(name)).sort((a, b) => b.length - a.length);
  for (const name of names) {
    const rest = whole.slice(name.length).replace(/^[-—–_]+/, '');
    const unit = readUnits([rest]);
    const known = COLUMN_BY_HEADER.get(name);
    if (known && unit && unit !== 'unclear') return { ...known, beside: [rest] };
  }
  return undefined;
}

const PLANNED_FIELDS: readonly ColumnField[] = ['estimatedInvestment', 'plannedStart', 'plannedCompletion'];
const PLANNED = /计划|预计|预期|拟|目标|估算|planned|expected|estimated|forecast|target/i;
const ACTUAL = /^(?:实际|actual)$/;
const PART_OF_IT =
  /[年月季%‰率比]|[本当上][周旬期]|[一二三四五六七八九十\d]期|其中|ratio|share|percent|phase|month|quarter|year/i;

/**
 * 开工日期（计划） is not the day on which construction started, nor 到位资金（2024年） all that was received. An amount with a word
 * beside it that is not known to be harmless is another one, too; where the word may be part of the unit, that is unclear.
 */
function isAnother({ column, beside }: NamedColumn): boolean {
  const isFact = !PLANNED_FIELDS.includes(column.field);
  if (column.kind !== 'money') return column.kind === 'date' && isFact && beside.some((text) => PLANNED.test(text));
  if (isFact && beside.some((text) => PLANNED.test(text))) return true;
  const same = isFact ? ACTUAL : PLANNED;
  const others = beside.flatMap(otherWords).filter((word) => !same.test(word));
  return others.some((word) => PART_OF_IT.test(word)) || (others.length > 0 && readUnits(beside) !== 'unclear');
}

/** Whether the name of a group, such as 计划 or 2024年, makes the columns under it others. */
export function isAnotherUnder(group: string, { kind, field }: LedgerColumn): boolean {
  const name = normalised(group).replace(/截[至止到].*/, '');
  if (name.length > LONGEST_GROUP || TITLE.test(name)) return false;
  const isPlan = PLANNED.test(name) && !PLANNED_FIELDS.includes(field);
  // What was signed in one year was signed as a whole.
  const isPart = PART_OF_IT.test(name) && !/签[约订署]|sign/.test(name);
  return kind === 'money' ? isPlan || isPart : kind === 'date' && isPlan;
}

const LONGEST_GROUP = 20;
const TITLE = /台账|清单|一览|[表册]$|\d{4}年.*项目|ledger|list|register/;
