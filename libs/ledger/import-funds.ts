import { CivilDate } from '../project/civil-date';
import { fromCents, Money, sumMoney, toCents } from '../project/money';
import { ProjectState, StandingMilestone } from '../project/state';
import { isSameMoney, missing, Planning, reasonOf } from './import-planning';
import { CellError, LedgerRow } from './ledger-row';

/** Records what has come in since; where only one receipt is known, a smaller sum, or one that is exact, corrects it. */
export function receiveFunds(planning: Planning): void {
  const { row, rehearsal } = planning;
  const difference = rehearsal.state && fundsDifference(row, rehearsal.state);
  if (!difference) return;
  const { error, corrected, received } = difference;
  if (error) rehearsal.errors.push(error);
  if (corrected) {
    const data = { milestone: 'funds-received' as const, ...corrected, reason: reasonOf(planning) };
    rehearsal.carryOut({ type: 'CorrectMilestone', data });
  }
  if (received) rehearsal.carryOut({ type: 'ReceiveFunds', data: received });
}

interface FundsDifference {
  error?: CellError;
  corrected?: { revision: number; correctedAmount: Money };
  received?: { occurredOn: CivilDate; amount: Money };
}

/**
 * What the row's cumulative sum says beyond the receipts known. A sum as of an earlier day than the last receipt is
 * compared with what had come in by then, so that an old ledger read again says nothing new.
 */
export function fundsDifference(row: LedgerRow, state: ProjectState): FundsDifference | undefined {
  const { fundsReceived: sum, fundsReceivedOn: asOf } = row;
  if (!sum) return undefined;
  const receipts = receiptsOf(state);
  const known = fundsKnown(row, state);
  const cents = toCents(sum.value) - toCents(known.value);
  if (asOf !== undefined && isOld(asOf, receipts)) {
    return cents === 0n ? undefined : { error: fundsError('funds-outdated', asOf, known.value) };
  }
  const only = receipts.length === 1 ? receipts[0] : undefined;
  if (cents > 0n) return increase(sum, asOf, { known, only });
  const corrected = only && correction(only, sum);
  return corrected ?? (cents < 0n ? { error: fundsError('funds-decreased', asOf, known.value) } : undefined);
}

function increase(
  sum: Money,
  asOf: CivilDate | undefined,
  { known, only }: { known: Money; only?: StandingMilestone },
): FundsDifference {
  if (!asOf) return { error: missing({ fundsReceivedOn: asOf })[0] };
  const amount = { ...sum, value: fromCents(toCents(sum.value) - toCents(known.value)) };
  // The total is exact: so must its parts be.
  const corrected = only && sum.bound === 'exact' ? correction(only, { ...sum, value: known.value }) : undefined;
  return { ...corrected, received: { occurredOn: asOf, amount } };
}

/** What the receipts known come to, by the day of the row's sum where there are later ones. */
export function fundsKnown({ fundsReceivedOn: asOf }: LedgerRow, state: ProjectState): Money {
  const receipts = receiptsOf(state);
  const byThen =
    asOf !== undefined && isOld(asOf, receipts) ? receipts.filter(({ occurredOn }) => occurredOn <= asOf) : receipts;
  const amounts = byThen.flatMap(({ amount }) => amount ?? []);
  return sumMoney(amounts, amounts[0]?.currency ?? '');
}

function receiptsOf({ milestones }: ProjectState): StandingMilestone[] {
  return milestones.filter(({ milestone }) => milestone === 'funds-received');
}

function isOld(asOf: CivilDate, receipts: readonly StandingMilestone[]): boolean {
  return receipts.some(({ occurredOn }) => occurredOn > asOf);
}

function correction({ revision, amount }: StandingMilestone, correctedAmount: Money): FundsDifference | undefined {
  const isSaid = toCents(correctedAmount.value) > 0n && !isSameMoney(amount, correctedAmount);
  return isSaid ? { corrected: { revision, correctedAmount } } : undefined;
}

function fundsError(code: 'funds-outdated' | 'funds-decreased', asOf: CivilDate | undefined, known: string): CellError {
  if (code === 'funds-outdated') {
    return {
      field: 'fundsReceived',
      code,
      text: {
        zh: `截至 ${asOf} 系统记录为 ${known}，此后已有到位记录，请更正具体的到位记录`,
        en: `by ${asOf} the record says ${known}, and later receipts are known: correct the receipt that is wrong`,
      },
    };
  }
  return {
    field: 'fundsReceived',
    code,
    text: {
      zh: `累计到位资金少于已记录的 ${known}，请更正具体的到位记录`,
      en: `is less than the ${known} recorded in several receipts: correct the receipt that is wrong`,
    },
  };
}
