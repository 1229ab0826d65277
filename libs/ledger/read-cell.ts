import { BROKEN, CONTROL, normalText } from '../project/normal-text';
import { Text } from '../project/refusal';
import { readAmount } from './amount-cell';
import { CellResult, isPlaceholder, plain, unreadable, value } from './cell-result';
import { ColumnField, ColumnKind } from './columns';
import { readDate } from './date-cell';
import { rearm } from './disarm';
import { HeaderColumn } from './header';
import { TableCell } from './table';
import { LedgerVocabulary } from './vocabulary';
import { readAgreement, readIntent, readStatus } from './word-cell';

/** Characters of a text; a title is far shorter. */
const LONGEST_TEXT = 4_000;

/**
 * Reads a cell as its column wants it, and as it was before an export or a report disarmed it; undefined when it is left
 * empty ("/", "待定"). In a text that word is meant where an export has put an apostrophe before it.
 */
export function readCell(
  written: TableCell,
  column: HeaderColumn,
  vocabulary: LedgerVocabulary,
): CellResult<unknown> | undefined {
  const cell = { ...written, text: rearm(written.text) };
  if (cell.problem) return { ok: false, ...cell.problem };
  const { kind, field } = column.column;
  if (!NAMES.has(field) && isPlaceholder(kind === 'text' ? written.text : cell.text)) return undefined;
  return READERS[kind](cell, column, vocabulary);
}

/** Of these a word such as "无" may be one. */
const NAMES: ReadonlySet<ColumnField> = new Set<ColumnField>(['title', 'investor']);

type Reader = (cell: TableCell, column: HeaderColumn, vocabulary: LedgerVocabulary) => CellResult<unknown>;

const READERS: Record<ColumnKind, Reader> = {
  id: (cell) => readId(cell.text),
  text: (cell, { column }) => (column.field === 'code' ? readCode(cell) : readText(cell.text)),
  date: (cell) => readDate(cell),
  money: (cell, column, vocabulary) => readAmount(cell, vocabulary.currency, column.unit),
  place: (cell, _, vocabulary) => resolved(cell, vocabulary.resolveRegion(cell.text), { zh: '地州', en: 'region' }),
  partner: (cell, _, vocabulary) =>
    resolved(cell, vocabulary.resolvePartner(cell.text), { zh: '援疆省市', en: 'partner' }),
  cluster: (cell, _, vocabulary) =>
    resolved(cell, vocabulary.resolveCluster(cell.text), { zh: '产业集群', en: 'cluster' }),
  agreement: readAgreement,
  intent: readIntent,
  status: readStatus,
};

/** In the spelling it is recorded in. What a database or a reader could not show is refused. */
function readText(text: string): CellResult<string> {
  if (text.length > LONGEST_TEXT) {
    return unreadable('too-long', `内容超过 ${LONGEST_TEXT} 个字符`, `more than ${LONGEST_TEXT} characters`);
  }
  if (CONTROL.test(text)) return unreadable('control-character', '含有控制字符', 'contains control characters');
  if (BROKEN.test(text)) {
    return unreadable(
      'broken-text',
      '含有乱码（�）',
      'contains characters that an earlier conversion has destroyed (�)',
    );
  }
  return value(normalText(text));
}

/** A number or a day in the place of a code only counts where the file says how it looks, and so which code it is. */
function readCode({ text, kind, digits = 0 }: TableCell): CellResult<string> {
  const isShown = kind === 'text' || digits === 0 || (digits !== 'unclear' && /^\d+$/.test(text));
  if (kind !== 'date' && isShown) return readText(kind === 'number' ? text.padStart(Number(digits), '0') : text);
  const [zh, en] = kind === 'date' ? ['日期', 'day'] : ['数值', 'number'];
  return unreadable(
    'code-not-text',
    `此格存的是${zh} ${text}，所显示的编号只在单元格格式里；请将这一列设为文本，按显示的样子填写`,
    `holds the ${en} ${text}, and what it shows is only its format; make the column text, and write the code as it is shown`,
  );
}

function readId(text: string): CellResult<string> {
  const id = plain(text).toLowerCase();
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return value(id);
  return unreadable('not-an-id', `“${text}”不是项目标识（UUID）`, `"${text}" is no project id (UUID)`);
}

function resolved(cell: TableCell, code: string | undefined, what: Text): CellResult<string> {
  if (code !== undefined) return value(code);
  return unreadable(
    'unknown-name',
    `没有名为“${cell.text}”的${what.zh}`,
    `there is no ${what.en} called "${cell.text}"`,
  );
}
