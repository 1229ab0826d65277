import { CivilDate, isCivilDate } from './civil-date';
import { isConferenceId } from './conference-id';
import { Evidence } from './events';
import { Money, parseAmount, toCents } from './money';
import { BROKEN, CONTROL } from './normal-text';
import { ProgrammeFacts } from './programme-facts';
import { Reason, Refusal, Text } from './refusal';

// Checks of single fields. Each returns the reasons against a value, none when it is well, so that a command is answered
// with all that is wrong with it at once. A missing value passes where the check does not say that it is required.

/** Longest title, name or code, in characters. */
export const TEXT_LIMIT = 500;
/** Longest reason or reference, in characters. */
export const LONG_TEXT_LIMIT = 2_000;

export function reason(code: string, field: string | undefined, zh: string, en: string): Reason {
  return { code, ...(field === undefined ? {} : { field }), text: { zh, en } };
}

/** @throws Refusal when there is any reason */
export function refuseFor(reasons: readonly Reason[]): void {
  const [first, ...rest] = reasons;
  if (first) throw new Refusal([first, ...rest]);
}

export function checkPresent(field: string, value: unknown): Reason[] {
  return value === undefined ? [reason('required', field, '必填', 'is required')] : [];
}

export function checkRequiredText(field: string, text: string | undefined, limit = TEXT_LIMIT): Reason[] {
  return [...checkPresent(field, text), ...checkText(field, text, limit)];
}

/** The text is normal already; joiners alone show nothing. */
export function checkText(field: string, text: string | undefined, limit = TEXT_LIMIT): Reason[] {
  if (text === undefined) return [];
  if (/^[\p{Cf}\s]*$/u.test(text)) return [reason('text-empty', field, '不能为空', 'must not be empty')];
  if (text.length > limit && Array.from(text).length > limit) {
    return [reason('text-too-long', field, `不能超过 ${limit} 个字符`, `must not be longer than ${limit} characters`)];
  }
  if (CONTROL.test(text) || BROKEN.test(text)) {
    return [
      reason('text-malformed', field, '含有控制字符或残缺的 Unicode 字符', 'has control characters or broken Unicode'),
    ];
  }
  return [];
}

export function checkDate(field: string, date: CivilDate | undefined): Reason[] {
  if (date === undefined || isCivilDate(date)) return [];
  return [
    reason('date-invalid', field, '不是有效日期(应为 YYYY-MM-DD)', 'is no day of the calendar, written YYYY-MM-DD'),
  ];
}

/** A day that exists and has come; required. */
export function checkPastDate(field: string, date: CivilDate | undefined, today: CivilDate): Reason[] {
  const reasons = [...checkPresent(field, date), ...checkDate(field, date)];
  if (reasons.length > 0 || date === undefined || date <= today) return reasons;
  return [reason('date-in-future', field, `不能晚于今天(${today})`, `may not be after today, ${today}`)];
}

/** A date in the life of a project and what it is called. */
export interface Landmark {
  occurredOn: CivilDate;
  name: Text;
}

/** The date may lie neither before one of `earlier` nor after one of `later`. Days that do not exist are another field's matter. */
export function checkOrder(
  field: string,
  date: CivilDate | undefined,
  earlier: readonly Landmark[],
  later: readonly Landmark[] = [],
): Reason[] {
  if (date === undefined || !isCivilDate(date)) return [];
  const before = earlier
    .filter((mark) => date < mark.occurredOn && isCivilDate(mark.occurredOn))
    .sort(byDate)
    .at(-1);
  const after = later.filter((mark) => date > mark.occurredOn && isCivilDate(mark.occurredOn)).sort(byDate)[0];
  return [
    ...(before ? [orderReason(field, before, { zh: '早于', en: 'before' })] : []),
    ...(after ? [orderReason(field, after, { zh: '晚于', en: 'after' })] : []),
  ];
}

function orderReason(field: string, mark: Landmark, side: Text): Reason {
  return reason(
    'date-order',
    field,
    `不能${side.zh}“${mark.name.zh}”的日期(${mark.occurredOn})`,
    `may not be ${side.en} "${mark.name.en}" on ${mark.occurredOn}`,
  );
}

function byDate(a: Landmark, b: Landmark): number {
  return a.occurredOn < b.occurredOn ? -1 : Number(a.occurredOn > b.occurredOn);
}

/** An amount in the programme's currency; above zero unless `orZero`. */
export function checkMoney(
  field: string,
  money: Money | undefined,
  programme: ProgrammeFacts,
  orZero?: 'or-zero',
): Reason[] {
  if (money === undefined) return [];
  return [
    ...checkAmount(`${field}.value`, money.value, orZero),
    ...checkCurrency(`${field}.currency`, money.currency, programme.currency),
    ...(money.bound === 'exact' || money.bound === 'at-least'
      ? []
      : [reason('bound-unknown', `${field}.bound`, '只能是 exact 或 at-least', 'must be "exact" or "at-least"')]),
  ];
}

function checkAmount(field: string, value: string, orZero?: 'or-zero'): Reason[] {
  const amount = parseAmount(value);
  if (amount === undefined) {
    return [
      reason(
        'amount-invalid',
        field,
        '不是有效金额(非负、至多 18 位整数和 2 位小数)',
        'is no amount: digits without sign, at most 18 before and 2 after the point',
      ),
    ];
  }
  if (orZero || toCents(amount) > 0n) return [];
  return [reason('amount-not-positive', field, '必须大于零', 'must be more than zero')];
}

function checkCurrency(field: string, currency: string, expected: string): Reason[] {
  if (currency === expected) return [];
  return [reason('currency-unknown', field, `币种应为 ${expected}`, `must be in ${expected}`)];
}

/** `2.5` → `2.50`. The money has passed {@link checkMoney}. */
export function normalized(money: Money | undefined): Money | undefined {
  return money && { value: parseAmount(money.value) ?? money.value, currency: money.currency, bound: money.bound };
}

export function checkEvidence(field: string, evidence: readonly Evidence[] | undefined): Reason[] {
  return (evidence ?? []).flatMap((piece, index) => [
    ...checkText(`${field}[${index}].kind`, piece.kind),
    ...checkText(`${field}[${index}].reference`, piece.reference, LONG_TEXT_LIMIT),
  ]);
}

export function checkSomeEvidence(field: string, evidence: readonly Evidence[] | undefined): Reason[] {
  if (evidence?.length) return checkEvidence(field, evidence);
  return [reason('evidence-missing', field, '至少需要一份佐证材料', 'needs at least one piece of evidence')];
}

export function checkConferenceId(field: string, id: string | undefined): Reason[] {
  if (id === undefined || isConferenceId(id)) return [];
  return [
    reason(
      'conference-id-invalid',
      field,
      '推介会编号应为 3 至 60 个小写字母、数字或连字符',
      'is no id of a conference: 3 to 60 lower case letters, digits and hyphens',
    ),
  ];
}

/** A code of the programme, valid on the date. A date that does not exist is another field's matter. */
export function checkCode(
  field: string,
  code: string | undefined,
  on: CivilDate,
  isKnown: (code: string, on: CivilDate) => boolean,
): Reason[] {
  if (code === undefined || !isCivilDate(on) || isKnown(code, on)) return [];
  const quoted = JSON.stringify(code.slice(0, 100));
  return [
    reason(
      'code-unknown',
      field,
      `${quoted} 不在本计划 ${on} 有效的代码中`,
      `${quoted} is no code of the programme on ${on}`,
    ),
  ];
}

/** The object without the keys that say nothing (undefined or null): what is recorded is plain JSON. */
export function present<T extends object>(value: T): T {
  const result: Partial<T> = {};
  for (const key of Object.keys(value) as (keyof T)[]) {
    if (value[key] !== undefined && value[key] !== null) result[key] = value[key];
  }
  return result as T;
}
