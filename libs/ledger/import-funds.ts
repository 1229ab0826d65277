import { CivilDate } from '../project/civil-date';
import { fromCents, Money, toCents } from '../project/money';
import { ProjectState, StandingMilestone } from '../project/state';
import { missing, Planning, reasonOf } from './import-planning';
import { CellError, LedgerRow } from './ledger-row';

/** Records what has come in since; where only one receipt is known, a smaller sum corrects it. */
export function receiveFunds(planning: Planning): void {
  const { row, rehearsal } = planning;
  const difference = rehearsal.state && fundsDifference(row, rehearsal.state);
  if (!difference) return;
  if ('error' in difference) rehearsal.errors.push(difference.error);
  else if ('corrects' in difference) {
    const { corrects: revision, amount: correctedAmount } = difference;
    const data = { milestone: 'funds-received' as const, revision, correctedAmount, reason: reasonOf(planning) };
    rehearsal.carryOut({ type: 'CorrectMilestone', data });
  } else {
    rehearsal.carryOut({ type: 'ReceiveFunds', data: difference });
  }
}

type FundsDifference =
  { occurredOn: CivilDate; amount: Money } | { corrects: number; amount: Money } | { error: CellError };

/**
 * What the row's cumulative sum says beyond the receipts known. A sum as of an earlier day than the last receipt is
 * compared with what had come in by then, so that an old ledger read again says nothing new.
 */
export function fundsDifference(row: LedgerRow, state: ProjectState): FundsDifference | undefined {
  const { fundsReceived: sum, fundsReceivedOn: asOf } = row;
  if (!sum) return undefined;
  const receipts = state.milestones.filter(({ milestone }) => milestone === 'funds-received');
  const isOld = asOf !== undefined && receipts.some(({ occurredOn }) => occurredOn > asOf);
  const known = total(isOld ? receipts.filter(({ occurredOn }) => occurredOn <= asOf) : receipts);
  const cents = toCents(sum.value) - known;
  if (cents === 0n) return undefined;
  if (isOld) return { error: fundsError('funds-outdated', asOf, fromCents(known)) };
  if (cents < 0n) return decrease(sum, receipts) ?? { error: fundsError('funds-decreased', asOf, fromCents(known)) };
  if (!asOf) return { error: missing({ fundsReceivedOn: asOf })[0] as CellError };
  return { occurredOn: asOf, amount: { ...sum, value: fromCents(cents) } };
}

function decrease(sum: Money, [only, ...others]: readonly StandingMilestone[]): FundsDifference | undefined {
  const isCorrection = only && others.length === 0 && toCents(sum.value) > 0n;
  return isCorrection ? { corrects: only.revision, amount: sum } : undefined;
}

function total(receipts: readonly StandingMilestone[]): bigint {
  return receipts.reduce((cents, { amount }) => cents + toCents(amount?.value ?? '0'), 0n);
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
