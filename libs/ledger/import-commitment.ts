import { commitment, isSigning } from '../project/figures';
import { Money } from '../project/money';
import { StandingMilestone } from '../project/state';
import { amountText, isSameMoney, Planning } from './import-planning';
import { AMOUNT_FIELDS } from './import-rehearsal';
import { CellError, LedgerField } from './ledger-row';

/**
 * Refuses a row that says another amount than was ever agreed, where a correction of the signing would not do: the amount
 * of a signing that was revised since, and the revised commitment itself. A revision has a day and a reason, which no
 * ledger tells. What was agreed before the last revision is what an older ledger says, and no news.
 */
export function checkCommitment({ row, rehearsal }: Planning): void {
  const { state, errors } = rehearsal;
  if (!state || errors.length > 0) return;
  const signings = state.milestones.filter(isSigning);
  const check = (field: LedgerField | undefined, among: readonly StandingMilestone[]) => {
    const wanted = field && (row[field] as Money | undefined);
    const isAgreed = !wanted || among.flatMap(agreedAmounts).some((amount) => isSameMoney(amount, wanted));
    if (!isAgreed) errors.push(differs(field, commitment(state)));
  };
  for (const signing of signings) if (signing.revisions) check(AMOUNT_FIELDS[signing.milestone], [signing]);
  check('revisedCommitment', signings);
}

function agreedAmounts({ amount, revisions = [] }: StandingMilestone): (Money | undefined)[] {
  return [amount, ...revisions.map((revision) => revision.amount)];
}

function differs(field: LedgerField | undefined, known: Money | undefined): CellError {
  const text = {
    zh: `系统登记的投资额为 ${amountText(known) || '（无）'}；台账不能说明调整的日期和原因，请单独登记投资额调整，或将此格留空`,
    en: `the commitment on record is ${amountText(known) || 'none'}; a ledger tells neither the day nor the reason of a revision: record the revision itself, or leave the cell empty`,
  };
  return { field, code: 'commitment-differs', text };
}
