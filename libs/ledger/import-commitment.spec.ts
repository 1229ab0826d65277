import { fold, given, NEW } from '../../test/support/given-row';
import { INTENT, INVESTMENT, PROPOSED, yuan } from '../../test/support/project-samples';
import { ProjectEvent } from '../project/events';
import { ProjectState } from '../project/state';
import { ledgerRowOf } from './ledger-row-of';

const code = 'KLMY-001';

function revisedTo(amount: string): ProjectEvent {
  return { type: 'CommitmentRevised', data: { occurredOn: '2024-06-01', amount: yuan(amount), reason: '增资' } };
}

test('a revised commitment: what was signed and what was agreed since are both known, also to an older ledger', () => {
  const revised = given(PROPOSED, INVESTMENT, revisedTo('140000000.00'), revisedTo('150000000.00'));
  for (const amount of ['120000000.00', '140000000.00', '150000000.00']) {
    revised.when({ code, investmentAmount: yuan(amount) }).thenNoted();
    revised.when({ code, investmentAmount: yuan('120000000.00'), revisedCommitment: yuan(amount) }).thenNoted();
  }
  // Of an intent that has become an investment since.
  given(PROPOSED, INTENT, revisedTo('150000000.00'), INVESTMENT)
    .when({ code, intentAmount: yuan('150000000.00'), revisedCommitment: yuan('150000000.00') })
    .then();
});

test('a ledger revises no commitment, for it tells neither day nor reason, and corrects no amount under a revision', () => {
  const [amount, field] = [yuan('170000000.00'), 'revisedCommitment'];
  const revised = given(PROPOSED, INVESTMENT, revisedTo('150000000.00'));
  const refused = revised.when({ code, investmentAmount: amount, investmentSignedOn: '2024-04-11' });
  refused.thenRefused(['commitment-differs', 'investmentAmount']);
  expect(refused.errors[0]?.text.en).toContain('150000000.00');
  revised
    .when({ code, investmentAmount: yuan('120000000.00', 'at-least') })
    .thenRefused(['commitment-differs', 'investmentAmount']);
  revised.when({ code, revisedCommitment: amount }).thenRefused(['commitment-differs', field]);
  given(PROPOSED, INVESTMENT).when({ code, revisedCommitment: amount }).thenRefused(['commitment-differs', field]);
  given(PROPOSED).when({ code, revisedCommitment: amount }).thenRefused(['commitment-differs', field]);
  given()
    .when({ ...NEW, investmentSignedOn: '2024-05-13', investmentAmount: yuan('1.00'), revisedCommitment: amount })
    .thenRefused(['commitment-differs', field]);
});

test('an export tells the amount that was signed, and beside it what it was revised to', () => {
  const state = fold([PROPOSED, INVESTMENT, revisedTo('150000000.00')]);
  const row = state && ledgerRowOf(state, 'any');
  expect(row).toMatchObject({ investmentAmount: yuan('120000000.00'), revisedCommitment: yuan('150000000.00') });
  expect(ledgerRowOf(fold([PROPOSED, INVESTMENT]) as ProjectState, 'any')).not.toHaveProperty('revisedCommitment');
});
