import { checkMoney, checkPresent, reason } from './field-checks';
import { fundsReceived } from './figures';
import { Subject } from './life-rules';
import { Money, parseAmount, sumMoney } from './money';
import { ProgrammeFacts } from './programme-facts';
import { Reason } from './refusal';

/** A signing says how much was signed, unless the programme knows no money. */
export function checkSigningAmount(amount: Money | undefined, programme: ProgrammeFacts): Reason[] {
  return [
    ...(programme.amounts === 'required' ? checkPresent('amount', amount) : []),
    ...checkMoney('amount', amount, programme),
  ];
}

/** A receipt of money, which must leave the project's total an amount. `replaces` is the receipt it corrects. */
export function checkReceipt(
  field: string,
  amount: Money | undefined,
  { state, programme }: Subject,
  replaces?: { revision: number },
): Reason[] {
  const reasons = [...checkPresent(field, amount), ...checkMoney(field, amount, programme)];
  if (reasons.length > 0 || amount === undefined) return reasons;
  const milestones = state.milestones.filter(({ revision }) => revision !== replaces?.revision);
  const total = sumMoney([fundsReceived({ ...state, milestones }, programme.currency), amount], programme.currency);
  if (parseAmount(total.value) !== undefined) return [];
  return [reason('amount-too-large', `${field}.value`, '到位资金合计过大', 'makes the funds received too large')];
}
