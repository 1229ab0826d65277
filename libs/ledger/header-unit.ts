import { UnitWords } from './amount-unit';
import { plain } from './cell-result';
import { LedgerFileError } from './ledger-file-error';
import { cellAddress, TableRow } from './table';
import { isUnit, readUnits, withoutOthers } from './unit-text';

/** A text in which a unit may stand, and where. */
export interface UnitText {
  address: string;
  written: string;
  /** What of it may name the unit. */
  texts: readonly string[];
}

/**
 * The unit that these texts say, the nearest first: each may leave open what the next one says; what stays undefined is said
 * by none. Throws a `LedgerFileError` when one does, and it cannot be told which: a factor of ten thousand is not guessed.
 */
export function unitFrom(sources: readonly (UnitText | undefined)[]): UnitWords | undefined {
  let found: UnitWords | undefined;
  for (const source of sources) {
    if (source) found = completed(found, source);
    if (found?.exponent !== undefined && found.currency !== undefined) break;
  }
  return found;
}

function completed(found: UnitWords | undefined, source: UnitText): UnitWords | undefined {
  const said = readUnits(source.texts);
  if (said === 'unclear') throw unclearUnit(source);
  if (!said || !found) return said ?? found;
  const { exponent = said.exponent, currency = said.currency } = found;
  if (said.currency !== undefined && said.currency !== currency) throw unclearUnit(source);
  return { exponent, currency };
}

/**
 * "单位：亿元", or a title with "（亿元）", above the table counts for every amount whose column says nothing else. What
 * hints at a unit without being one is unclear behind the word 单位 only: titles speak of 亿元以上项目.
 */
export function unitAbove(rows: readonly TableRow[]): UnitText | undefined {
  const cells = rows.flatMap((row) =>
    [...row.cells.entries()].map(([index, { text: written = '' } = { text: '' }]) => {
      return { address: cellAddress(index, row.row), written, text: plain(written.slice(0, LONGEST)) };
    }),
  );
  const named = cells.map((cell) => ({ ...cell, texts: saidIn(cell.text).map(withoutOthers) }));
  const titles = cells.map((cell) => ({ ...cell, texts: cell.text.split(TITLE_PARTS).filter(isUnit) }));
  for (const found of [named, titles]) {
    const first = found.find(({ texts }) => readUnits(texts) !== undefined);
    if (first) return { ...first, texts: found.flatMap(({ texts }) => texts) };
  }
  return undefined;
}

// Of a title that is longer, the end is not looked at.
const LONGEST = 200;

function saidIn(text: string): string[] {
  return [...text.split(UNIT_IS).slice(1), ...[...text.matchAll(COUNTED_IN)].map(([, unit = '']) => unit)];
}

const COUNTED_IN = /以([^,;:。以]{1,12})为单位/g;

/** Not 填报单位 and the like, which are offices. */
const UNIT_IS =
  /(?:(?<![\p{Script=Han}a-z])(?:单\s*位|币\s*种|unit|currency)|(?:金额|货币|计量|计价|资金|总投资|额)单位)\s*(?::|为|是)/iu;

const TITLE_PARTS = /(?:单位|金额):|[()[\]{}【】〔〕]/;

export function unclearUnit({ address, written }: UnitText): LedgerFileError {
  return new LedgerFileError('unclear-unit', {
    zh: `看不出 ${address} “${written}”所说的金额单位；请只写一个单位，如“投资额（万元）”`,
    en: `the unit of amounts in ${address} "${written}" is not clear; name exactly one, as in "Investment (CNY)"`,
  });
}
