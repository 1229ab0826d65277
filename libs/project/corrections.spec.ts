import {
  CONSTRUCTION,
  CONTEXT,
  FUNDS,
  INTENT,
  INVESTMENT,
  INVESTOR_CHANGED,
  LANDED,
  OPERATING,
  PROPOSED,
  REVISED,
  SUSPENDED,
  TERMINATED,
  TODAY,
  yuan,
} from '../../test/support/project-samples';
import { ExpectedReason, specificationOf } from '../../test/support/given';
import { ProjectCommand, ProjectCommandData } from './commands';
import { projectDecider } from './decider';
import { Milestone, ProjectEvent } from './events';
import { commitment } from './figures';

const given = specificationOf(projectDecider, CONTEXT);

const RESUMED: ProjectEvent = { type: 'ProjectResumed', data: { occurredOn: '2024-10-20', reason: '恢复供应' } };

function correct(milestone: Milestone, data: Partial<ProjectCommandData['CorrectMilestone']>): ProjectCommand {
  return { type: 'CorrectMilestone', data: { milestone, reason: '笔误', ...data } };
}

function revoke(milestone: Milestone, revision?: number): ProjectCommand {
  return { type: 'RevokeMilestone', data: { milestone, revision, reason: '查无此事' } };
}

describe('a correction', () => {
  test('says what changes, and of which record', () => {
    given(PROPOSED, INVESTMENT)
      .when(correct('investment-signed', { correctedOn: '2024-04-11', correctedAmount: yuan('130000000') }))
      .then({
        type: 'MilestoneCorrected',
        data: {
          occurredOn: TODAY,
          milestone: 'investment-signed',
          milestoneRevision: 1,
          correctedOn: '2024-04-11',
          correctedAmount: yuan('130000000.00'),
          reason: '笔误',
        },
      });
  });

  test('leaves out what stands already', () => {
    given(PROPOSED, INVESTMENT)
      .when(correct('investment-signed', { correctedOn: '2024-04-10', correctedAmount: yuan('1') }))
      .then({
        type: 'MilestoneCorrected',
        data: {
          occurredOn: TODAY,
          milestone: 'investment-signed',
          milestoneRevision: 1,
          correctedAmount: yuan('1.00'),
          reason: '笔误',
        },
      });
  });

  test('of the proposal changes the proposal too', () => {
    const command = correct('proposed', { correctedOn: '2023-12-01', correctedAmount: yuan('5') });
    const { proposal, milestones } = given(PROPOSED).when(command).state();
    expect(proposal).toMatchObject({ occurredOn: '2023-12-01', estimatedInvestment: yuan('5.00') });
    expect(milestones).toEqual([
      { milestone: 'proposed', revision: 0, occurredOn: '2023-12-01', amount: yuan('5.00') },
    ]);
  });

  test('of a termination changes since when it is', () => {
    const state = given(PROPOSED, TERMINATED)
      .when(correct('terminated', { correctedOn: '2024-11-01' }))
      .state();
    expect(state).toMatchObject({ status: 'terminated', statusSince: '2024-11-01', statusReason: '投资方退出' });
  });

  test('may be made whatever the status', () => {
    const project = given(PROPOSED, INVESTMENT, LANDED, TERMINATED);
    project.when(correct('landed', { correctedOn: '2024-05-12' })).state();
  });

  test.each<[string, ProjectEvent[], ProjectCommand, ExpectedReason]>([
    ['nothing', [PROPOSED], correct('proposed', {}), ['correction-empty', 'correctedOn']],
    [
      'nothing new',
      [PROPOSED],
      correct('proposed', { correctedOn: '2024-01-10' }),
      ['correction-without-change', 'correctedOn'],
    ],
    [
      'no new amount',
      [PROPOSED, FUNDS],
      correct('funds-received', { correctedAmount: yuan('30000000') }),
      ['correction-without-change', 'correctedAmount'],
    ],
    ['what does not stand', [PROPOSED], correct('landed', { correctedOn: TODAY }), ['milestone-not-standing', null]],
    [
      'another revision',
      [PROPOSED],
      correct('proposed', { correctedOn: TODAY, revision: 7 }),
      ['milestone-not-standing', null],
    ],
    [
      'one receipt of two',
      [PROPOSED, INVESTMENT, FUNDS, FUNDS],
      correct('funds-received', { correctedOn: TODAY }),
      ['milestone-ambiguous', 'revision'],
    ],
    [
      'the amount of a landing',
      [PROPOSED, INVESTMENT, LANDED],
      correct('landed', { correctedAmount: yuan('1') }),
      ['amount-unexpected', 'correctedAmount'],
    ],
    [
      'a receipt to nothing',
      [PROPOSED, INVESTMENT, FUNDS],
      correct('funds-received', { correctedAmount: yuan('0') }),
      ['amount-not-positive', 'correctedAmount.value'],
    ],
    [
      'to a day before what it follows',
      [PROPOSED, INVESTMENT, LANDED],
      correct('landed', { correctedOn: '2024-04-09' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'to a day after what follows it',
      [PROPOSED, INVESTMENT, LANDED],
      correct('investment-signed', { correctedOn: '2024-05-11' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'to a day after its revision',
      [PROPOSED, INVESTMENT, revised('2024-07-01', '1.00')],
      correct('investment-signed', { correctedOn: '2024-07-02' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'to a day after the first of its revisions',
      [PROPOSED, INVESTMENT, revised('2024-07-01', '1.00'), revised('2024-09-01', '2.00')],
      correct('investment-signed', { correctedOn: '2024-08-01' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a proposal to a day after the first of its suspensions',
      [PROPOSED, SUSPENDED, RESUMED],
      correct('proposed', { correctedOn: '2024-10-11' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a proposal to a day after its suspension',
      [PROPOSED, SUSPENDED],
      correct('proposed', { correctedOn: '2024-10-11' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a proposal to a day after the change of its investor',
      [PROPOSED, INVESTOR_CHANGED],
      correct('proposed', { correctedOn: '2024-04-21' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a termination to a day before the suspension',
      [PROPOSED, SUSPENDED, TERMINATED],
      correct('terminated', { correctedOn: '2024-10-09' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a termination to a day before a revision of the commitment',
      [PROPOSED, INVESTMENT, REVISED, TERMINATED],
      correct('terminated', { correctedOn: '2024-10-31' }),
      ['date-order', 'correctedOn'],
    ],
    [
      'a proposal to a day on which its cluster was none',
      [PROPOSED],
      correct('proposed', { correctedOn: '2022-12-31' }),
      ['code-unknown', 'correctedOn'],
    ],
    [
      'to a day to come',
      [PROPOSED],
      correct('proposed', { correctedOn: '2025-01-01' }),
      ['date-in-future', 'correctedOn'],
    ],
    [
      'in the future',
      [PROPOSED],
      correct('proposed', { correctedOn: TODAY, occurredOn: '2025-01-01' }),
      ['date-in-future', 'occurredOn'],
    ],
    ['without a reason', [PROPOSED], correct('proposed', { correctedOn: TODAY, reason: '' }), ['text-empty', 'reason']],
  ])('of %s is refused', (_name, history, command, expected) => {
    given(...history)
      .when(command)
      .thenRefused(expected);
  });

  test('of one receipt of several needs its revision', () => {
    const state = given(PROPOSED, INVESTMENT, FUNDS, FUNDS)
      .when(correct('funds-received', { revision: 3, correctedAmount: yuan('1') }))
      .state();
    expect(state.milestones.map(({ amount }) => amount?.value).slice(2)).toEqual(['30000000.00', '1.00']);
  });

  test('of a receipt does not count the old amount beside the new', () => {
    given(PROPOSED, INVESTMENT, FUNDS)
      .when(correct('funds-received', { correctedAmount: yuan('999999999999999999.99') }))
      .state();
    given(PROPOSED, INVESTMENT, FUNDS, FUNDS)
      .when(correct('funds-received', { revision: 2, correctedAmount: yuan('999999999999999999.99') }))
      .thenRefused(['amount-too-large', 'correctedAmount.value']);
  });
});

describe('a revocation', () => {
  test('names the record it takes back', () => {
    given(PROPOSED, INVESTMENT, LANDED)
      .when(revoke('landed'))
      .then({
        type: 'MilestoneRevoked',
        data: { occurredOn: TODAY, milestone: 'landed', milestoneRevision: 2, reason: '查无此事' },
      });
  });

  test('of a landing falls back to the signing', () => {
    const before = given(PROPOSED, INVESTMENT, CONSTRUCTION);
    const after = given(PROPOSED, INVESTMENT, CONSTRUCTION, LANDED).when(revoke('landed')).state();
    expect(after).toStrictEqual({ ...before.state(), revision: 4 });
  });

  test('of a signing takes its plan along, and falls back to what was revised before it', () => {
    const history = [PROPOSED, INTENT, revised('2024-03-20', '110000000.00')];
    const after = given(...history, INVESTMENT)
      .when(revoke('investment-signed'))
      .state();
    expect(after).toStrictEqual({ ...given(...history).state(), revision: 4 });
    expect(commitment(after)).toEqual(yuan('110000000.00'));
  });

  test('of a termination falls back to the status before it', () => {
    const suspended = given(PROPOSED, SUSPENDED, TERMINATED).when(revoke('terminated')).state();
    expect(suspended).toStrictEqual({ ...given(PROPOSED, SUSPENDED).state(), revision: 3 });
    const active = given(PROPOSED, TERMINATED).when(revoke('terminated')).state();
    expect(active).toStrictEqual({ ...given(PROPOSED).state(), revision: 2 });
  });

  test('leaves the way open to record it again', () => {
    given(PROPOSED, INVESTMENT, LANDED, revoked('landed', 2), LANDED).when(revoke('landed')).state();
  });

  test.each<[string, ProjectEvent[], ProjectCommand, ExpectedReason]>([
    ['the proposal', [PROPOSED], revoke('proposed'), ['proposal-irrevocable', 'milestone']],
    ['what does not stand', [PROPOSED], revoke('landed'), ['milestone-not-standing', null]],
    [
      'what was revoked already',
      [PROPOSED, INVESTMENT, LANDED, revoked('landed', 2)],
      revoke('landed'),
      ['milestone-not-standing', null],
    ],
    [
      'a signing under a landing',
      [PROPOSED, INVESTMENT, LANDED],
      revoke('investment-signed'),
      ['milestone-not-latest', null],
    ],
    [
      'a signing under funds',
      [PROPOSED, INVESTMENT, FUNDS],
      revoke('investment-signed'),
      ['milestone-not-latest', null],
    ],
    [
      'construction under operation',
      [PROPOSED, INVESTMENT, LANDED, CONSTRUCTION, OPERATING],
      revoke('construction-started'),
      ['milestone-not-latest', null],
    ],
    [
      'anything under a termination',
      [PROPOSED, INVESTMENT, TERMINATED],
      revoke('investment-signed'),
      ['milestone-not-latest', null],
    ],
    [
      'one receipt of two',
      [PROPOSED, INVESTMENT, FUNDS, FUNDS],
      revoke('funds-received'),
      ['milestone-ambiguous', 'revision'],
    ],
    [
      'in the future',
      [PROPOSED, INVESTMENT],
      {
        type: 'RevokeMilestone',
        data: { milestone: 'investment-signed', occurredOn: '2025-01-01', reason: '查无此事' },
      },
      ['date-in-future', 'occurredOn'],
    ],
  ])('of %s is refused', (_name, history, command, expected) => {
    given(...history)
      .when(command)
      .thenRefused(expected);
  });

  test('of receipts goes one by one, in any order, also while it operates', () => {
    const history = [PROPOSED, INVESTMENT, LANDED, FUNDS, FUNDS, OPERATING];
    expect(
      given(...history)
        .when(revoke('funds-received', 3))
        .state().milestones,
    ).toHaveLength(5);
  });
});

test('a history that no decider has written is an error', () => {
  expect(() => given(PROMOTED_ALONE)).toThrow('cannot begin with');
  expect(() => given(PROPOSED, PROPOSED)).toThrow('proposed twice');
  expect(() => given(PROPOSED, revoked('landed', 3))).toThrow('no standing milestone landed at revision 3');
  expect(() => given(PROPOSED, revised('2024-07-01', '1.00'))).toThrow('before it is signed');
});

const PROMOTED_ALONE: ProjectEvent = {
  type: 'ProjectPromoted',
  data: { occurredOn: TODAY, conference: 'karamay-2024' },
};

function revised(occurredOn: string, value: string): ProjectEvent {
  return { type: 'CommitmentRevised', data: { occurredOn, amount: yuan(value), reason: '增资' } };
}

function revoked(milestone: Milestone, milestoneRevision: number): ProjectEvent {
  return { type: 'MilestoneRevoked', data: { occurredOn: TODAY, milestone, milestoneRevision, reason: '查无此事' } };
}
