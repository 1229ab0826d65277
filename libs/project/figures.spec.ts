import {
  CONTEXT,
  FUNDS,
  INTENT,
  INVESTMENT,
  INVESTOR_CHANGED,
  PROPOSED,
  TODAY,
  yuan,
} from '../../test/support/project-samples';
import { specificationOf } from '../../test/support/given';
import { projectDecider } from './decider';
import { ProjectEvent } from './events';
import { agreementOf, commitment, firstSigning, fundsReceived, lastSigning, signatory } from './figures';

const given = specificationOf(projectDecider, CONTEXT);
const REVISED: ProjectEvent = {
  type: 'CommitmentRevised',
  data: { occurredOn: '2024-04-01', amount: yuan('200000000.00'), reason: '增资' },
};

function figures(...history: ProjectEvent[]): unknown[] {
  const state = given(...history).state();
  const [first, last] = [firstSigning(state), lastSigning(state)];
  return [
    first?.milestone,
    last?.milestone,
    agreementOf(state),
    commitment(state)?.value,
    state.revisedCommitment?.value,
  ];
}

test('nothing is committed before a signing', () => {
  expect(figures(PROPOSED)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});

test('an upgrade keeps the first signing and takes the amount of the last', () => {
  expect(figures(PROPOSED, INTENT)).toEqual(['intent-signed', 'intent-signed', 'framework', '100000000.00', undefined]);
  expect(figures(PROPOSED, INTENT, INVESTMENT)).toEqual([
    'intent-signed',
    'investment-signed',
    'investment',
    '120000000.00',
    undefined,
  ]);
});

test('a revision replaces the amount until the next signing', () => {
  expect(figures(PROPOSED, INTENT, REVISED).slice(3)).toEqual(['200000000.00', '200000000.00']);
  expect(figures(PROPOSED, INTENT, REVISED, INVESTMENT).slice(3)).toEqual(['120000000.00', undefined]);
});

test('a signing without an amount commits to nothing that is known', () => {
  const unpriced: ProjectEvent = { type: 'InvestmentSigned', data: { occurredOn: TODAY } };
  expect(figures(PROPOSED, INTENT, unpriced)[3]).toBeUndefined();
});

test('receipts add up, in the currency of the programme alone', () => {
  const state = given(PROPOSED, INVESTMENT, FUNDS, FUNDS).state();
  expect(fundsReceived(state, 'CNY')).toEqual(yuan('60000000.00'));
  expect(fundsReceived(given(PROPOSED).state(), 'CNY')).toEqual(yuan('0.00'));
  expect(() => fundsReceived(state, 'GBP')).toThrow(RangeError);
});

describe('who signed first', () => {
  const [first, second] = ['示例化工有限公司', '接手化工有限公司'];
  const changed = (occurredOn: string, investor = second): ProjectEvent => ({
    type: 'InvestorChanged',
    data: { occurredOn, investor, reason: '股权转让' },
  });
  const dated: ProjectEvent = {
    type: 'MilestoneCorrected',
    data: {
      occurredOn: TODAY,
      milestone: 'investment-signed',
      milestoneRevision: 1,
      correctedOn: '2024-04-25',
      reason: '日期有误',
    },
  };

  test.each<[string, ProjectEvent[], string | undefined]>([
    ['nobody yet', [PROPOSED, INVESTOR_CHANGED], undefined],
    ['the investor that took part in it, whoever came later', [PROPOSED, INVESTMENT, INVESTOR_CHANGED], first],
    ['the one who had come before', [PROPOSED, changed('2024-04-09'), INVESTMENT], second],
    ['also where that is recorded afterwards', [PROPOSED, INVESTMENT, changed('2024-04-09')], second],
    ['of the same day, the one recorded before it', [PROPOSED, changed('2024-04-10'), INVESTMENT], second],
    ['of the same day, not the one recorded after it', [PROPOSED, INVESTMENT, changed('2024-04-10')], first],
    ['as the day of the signing is corrected', [PROPOSED, INVESTMENT, INVESTOR_CHANGED, dated], second],
    [
      'the last of several who came before',
      [PROPOSED, changed('2024-02-01', '甲'), changed('2024-03-01'), INTENT],
      second,
    ],
  ])('%s', (_, history, expected) => expect(signatory(given(...history).state())).toBe(expected));
});
