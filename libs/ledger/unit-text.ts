import { hintsAtUnit, readUnitWords, UnitWords } from './amount-unit';
import { plain } from './cell-result';

/** What a part of a text says: a unit, something about units that cannot be told, or something else. */
type Said = UnitWords | 'unclear' | 'other';

/** Whether a cell is nothing but a unit: `（亿元）`, `单位：亿元`. */
export function isUnit(text: string): boolean {
  const pieces = piecesOf(text).filter((piece) => !LABEL.test(piece));
  return pieces.length > 0 && pieces.every((piece) => readUnitWords(piece));
}

/** Reads `人民币，亿元`, `亿元）（含税`, `单位：万元`; `亿元/万美元`, `万元以上`, `AUD million` and `约，亿元` are unclear. */
export function readUnits(texts: readonly string[]): UnitWords | 'unclear' | undefined {
  return merged(saidIn(texts).filter((said) => said !== 'other'));
}

/** The same of a text that should say nothing else: the one that a format shows beside a number. */
export function readOnlyUnits(text: string): UnitWords | 'unclear' | undefined {
  const said = saidIn([text]);
  return said.includes('other') || /\d/.test(text) ? 'unclear' : readUnits([text]);
}

/** The words of a text that are no unit, do not hint at one, and would make the amounts beside them other amounts. */
export function otherWords(text: string): string[] {
  return piecesOf(text)
    .flatMap((piece) => (readUnitWords(piece) ? [] : wordsOf(piece)))
    .filter((word) => saidBy(word).includes('other'));
}

/**
 * A line above a table without what else it says: `万元  填报时间：2024年6月`, `RMB million  Date: 2024`, `资金 万元`. In a
 * foreign alphabet a word may be a currency, and stays.
 */
export function withoutOthers(line: string): string {
  return line
    .replace(/\s[a-z]+:.*$/is, '')
    .replace(/(?<!\S)\S*\p{Script=Han}\S*/gu, (word) => (saidBy(word.toLowerCase()).includes('other') ? '' : word));
}

/** Both, where they do not contradict each other; each may leave open what the other says. */
export function mergedUnits(
  one: UnitWords | 'unclear' | undefined,
  other: UnitWords | 'unclear' | undefined,
): UnitWords | 'unclear' | undefined {
  return merged([one, other].filter((each) => each !== undefined));
}

function merged(said: readonly (UnitWords | 'unclear')[]): UnitWords | 'unclear' | undefined {
  const units = said.filter((each) => each !== 'unclear');
  const exponents = new Set(units.map(({ exponent }) => exponent).filter((each) => each !== undefined));
  const currencies = new Set(units.map(({ currency }) => currency).filter((each) => each !== undefined));
  if (units.length < said.length || exponents.size > 1 || currencies.size > 1) return 'unclear';
  return units.length === 0 ? undefined : { exponent: [...exponents][0], currency: [...currencies][0] };
}

function saidIn(texts: readonly string[]): Said[] {
  return texts.flatMap(piecesOf).flatMap(saidByPiece);
}

function piecesOf(text: string): string[] {
  return plain(text)
    .toLowerCase()
    .replace(/(\d),(?=\d{3}(?!\d))/g, '$1')
    .split(/[,;、。:|·()[\]{}【】〔〕]/)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '' && !/^[-–—_/\s]+$/.test(piece));
}

/** A piece may also consist of several words. Beside a unit, a word that is not known may make another one of it. */
function saidByPiece(piece: string): Said[] {
  const whole = readUnitWords(piece);
  if (whole) return [whole];
  const said = wordsOf(piece).flatMap(saidBy);
  const isMixed = said.includes('other') && said.some((each) => typeof each === 'object');
  return isMixed ? ['unclear'] : said;
}

function wordsOf(piece: string): string[] {
  return piece.replace(/\b(incl|excl)(?:uding|\.)?\s+/g, '$1.').split(/\s+/);
}

/** Of a word, or of several that are divided by slashes. */
function saidBy(word: string): Said[] {
  const whole = readUnitWords(word);
  if (whole) return [whole];
  // 万元/亩 is no amount, and 亩 no unit.
  const parts = word.split('/').map(readUnitWords);
  if (parts.length > 1 && parts.every((part) => part !== undefined)) return parts;
  if (BOUND.test(word) || hintsAtUnit(word.replace(UNIT_OF, ''))) return ['unclear'];
  return HARMLESS.test(word) ? [] : ['other'];
}

const LABEL = /^(?:金额|货币|计量|计价)?单位$|^unit$/;
const UNIT_OF = /^(?:货币|币种)(?:单位)?$/;

/** Amounts beside such a word are none that can be summed, or not exact. */
const BOUND =
  /^(?:[余多+≥≤<>~≈⩾⩽≧≦=]+|约|大约|近|左右|大概|大致|超|超过|超出|逾|大于|高于|多于|至少|不(?:低|少|小|超|高|多)[于过]|(?:及?以)[上内下]|起|至多|最多|小于|低于|少于|about|approx\.?|around|nearly|over|above|minimum|min\.?|max\.?)$/;

/** What may stand beside an amount, and leaves it what it is. */
const HARMLESS =
  /^(?:(?:含|不含(?!.*期))[^年月季约超近余于率比%\d.]+|(?:incl|excl)\.(?!phase).+|截[至止到].*|自.+以来|至今|累计|合计|总计|总额|折合|折算|(?:金额|货币|计量|计价)?单位|货币|币[种别]|金额|必填|选填|可选|(?:请?填写?)?数[字值]|保留.*小数|required|optional|total|cumulative|number|amounts?|units?|in|of|to|date|注?\d{1,2}|[*#]+)$/;
