import { Agreement } from './events';
import { Money, sumMoney } from './money';
import { ProjectState, StandingMilestone } from './state';

/** The signing that gets the credit: conference, partner, prefecture and month of it count. */
export function firstSigning(state: ProjectState): StandingMilestone | undefined {
  return state.milestones.find(isSigning);
}

/** The signing that tells what has been agreed now: an upgrade replaces the intent. */
export function lastSigning(state: ProjectState): StandingMilestone | undefined {
  return state.milestones.findLast(isSigning);
}

/**
 * The firm that signed first, as the paper names it: the investor of that day. A change of investor on the very day counts
 * where it was recorded before the signing. Undefined while nothing has been signed.
 */
export function signatory(state: ProjectState): string | undefined {
  const signing = firstSigning(state);
  if (!signing) return undefined;
  const before = state.investorChanges.findLast(
    ({ occurredOn, revision }) =>
      occurredOn < signing.occurredOn || (occurredOn === signing.occurredOn && revision < signing.revision),
  );
  return before?.investor ?? state.proposal.investor;
}

/** The column the project is counted in; undefined while nothing has been signed. */
export function agreementOf(state: ProjectState): Agreement | undefined {
  return lastSigning(state)?.agreement;
}

/** What the investor is committed to now: the last revision of the last signing, else its amount; undefined where neither is known. */
export function commitment(state: ProjectState): Money | undefined {
  const signing = lastSigning(state);
  return signing?.revisions?.at(-1)?.amount ?? signing?.amount;
}

/** The sum of all standing receipts. @throws RangeError when one is in another currency */
export function fundsReceived(state: ProjectState, currency: string): Money {
  const receipts = state.milestones.filter(({ milestone }) => milestone === 'funds-received');
  return sumMoney(
    receipts.flatMap(({ amount }) => amount ?? []),
    currency,
  );
}

export function isSigning({ milestone }: Pick<StandingMilestone, 'milestone'>): boolean {
  return milestone === 'intent-signed' || milestone === 'investment-signed';
}
