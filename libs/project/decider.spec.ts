import { Decider } from '../event-store/decider';
import {
  COMMANDS,
  CONSTRUCTION,
  CONTEXT,
  FUNDS,
  INTENT,
  INVESTMENT,
  INVESTOR_CHANGED,
  LANDED,
  OPERATING,
  PROGRAMME,
  PROMOTED,
  PROPOSED,
  REVISED,
  SUSPENDED,
  TERMINATED,
  TODAY,
  yuan,
} from '../../test/support/project-samples';
import { specificationOf } from '../../test/support/given';
import { ProjectCommand, ProjectCommandData } from './commands';
import { projectDecider } from './decider';
import { ProjectEvent, Stage, STAGES, Status } from './events';
import { DecisionContext } from './programme-facts';
import { ProjectState } from './state';

const fits: Decider<ProjectState, ProjectCommand, ProjectEvent, DecisionContext> = projectDecider;
const given = specificationOf(fits, CONTEXT);

/** A command of a kind with some of its data changed; `undefined` takes a field away. */
function ask<Type extends ProjectCommand['type']>(
  type: Type,
  change: Partial<ProjectCommandData[Type]> = {},
): ProjectCommand {
  return { type, data: { ...COMMANDS[type].data, ...change } } as ProjectCommand;
}

describe('what is recorded', () => {
  test('a proposal begins a project of the programme', () => {
    given()
      .when(ask('Propose', { estimatedInvestment: yuan('12.5', 'at-least'), conference: 'karamay-2024' }))
      .then({
        type: 'ProjectProposed',
        data: {
          ...COMMANDS.Propose.data,
          programme: 'north-south',
          estimatedInvestment: yuan('12.50', 'at-least'),
          conference: 'karamay-2024',
        },
      });
  });

  test('each further command is recorded as what happened', () => {
    const { Promote, SignIntent, SignInvestment, Land, StartConstruction, ReceiveFunds, Operate } = COMMANDS;
    given(PROPOSED).when(Promote).then({ type: 'ProjectPromoted', data: Promote.data });
    given(PROPOSED)
      .when(SignIntent)
      .then({ type: 'IntentSigned', data: { ...SignIntent.data, amount: yuan('1.00') } });
    given(PROPOSED)
      .when(SignInvestment)
      .then({ type: 'InvestmentSigned', data: { ...SignInvestment.data, amount: yuan('1.00') } });
    given(PROPOSED, INVESTMENT).when(Land).then({ type: 'ProjectLanded', data: Land.data });
    given(PROPOSED, INVESTMENT)
      .when(StartConstruction)
      .then({ type: 'ConstructionStarted', data: StartConstruction.data });
    given(PROPOSED, INVESTMENT)
      .when(ReceiveFunds)
      .then({ type: 'FundsReceived', data: { ...ReceiveFunds.data, amount: yuan('1.00') } });
    given(PROPOSED, INVESTMENT, LANDED).when(Operate).then({ type: 'ProjectOperating', data: Operate.data });
  });

  test('fields that say nothing are not recorded, whether undefined or null', () => {
    const venue = null as unknown as undefined;
    given(PROPOSED).when(ask('Promote', { venue })).then({ type: 'ProjectPromoted', data: COMMANDS.Promote.data });
    given(PROPOSED)
      .when(ask('Promote', { venue: undefined }))
      .then({ type: 'ProjectPromoted', data: COMMANDS.Promote.data });
  });

  test('texts are recorded in one spelling, the code in one width too', () => {
    const evidence = [{ kind: ' 执照', reference: '\u3000甲\r\n乙 ' }];
    given()
      .when(ask('Propose', { code: 'Ａ－１ ', title: 'Cafe\u0301 Ａ\n', responsibleUnit: '市商务局\u3000' }))
      .then({
        type: 'ProjectProposed',
        data: {
          ...COMMANDS.Propose.data,
          programme: 'north-south',
          code: 'A-1',
          title: 'Café Ａ',
          responsibleUnit: '市商务局',
        },
      });
    given(PROPOSED, INVESTMENT)
      .when(ask('Land', { legalEntity: ' 新公司 ', evidence }))
      .then({
        type: 'ProjectLanded',
        data: { occurredOn: TODAY, legalEntity: '新公司', evidence: [{ kind: '执照', reference: '甲\n乙' }] },
      });
  });

  test('an assignment without a day is of today', () => {
    given(PROPOSED)
      .when(COMMANDS.AssignResponsibility)
      .then({ type: 'ResponsibilityAssigned', data: { unit: '市发改委', person: '张三', occurredOn: TODAY } });
    expect(given(PROPOSED).when(COMMANDS.AssignResponsibility).state().responsibility).toEqual({
      unit: '市发改委',
      person: '张三',
    });
  });

  test('a change of investor keeps the project, its proposal and the partner it came through', () => {
    const { data } = COMMANDS.ChangeInvestor;
    given(PROPOSED, INVESTMENT).when(COMMANDS.ChangeInvestor).then({ type: 'InvestorChanged', data });
    const { investor, investorChanges, proposal } = given(PROPOSED, INVESTMENT, INVESTOR_CHANGED).state();
    expect(investor).toBe('接手化工有限公司');
    expect(investorChanges).toEqual([{ revision: 2, occurredOn: '2024-04-20', investor }]);
    expect(proposal).toEqual(PROPOSED.data);
  });

  test('a former investor may come back', () => {
    given(PROPOSED, INVESTOR_CHANGED)
      .when(ask('ChangeInvestor', { investor: '示例化工有限公司' }))
      .state();
  });

  test('a programme that knows no money takes a signing without an amount', () => {
    const context = { ...CONTEXT, programme: { ...PROGRAMME, amounts: 'optional' as const } };
    given(PROPOSED)
      .when({ type: 'SignInvestment', data: { occurredOn: TODAY } }, context)
      .then({ type: 'InvestmentSigned', data: { occurredOn: TODAY } });
  });

  test('a milestone may be recorded late, between those that stand', () => {
    given(PROPOSED, INVESTMENT, LANDED, OPERATING)
      .when(ask('StartConstruction', { occurredOn: '2024-07-01' }))
      .then({ type: 'ConstructionStarted', data: { occurredOn: '2024-07-01' } });
  });
});

describe('the life of a project', () => {
  const HISTORIES: Record<Stage, ProjectEvent[]> = {
    proposed: [PROPOSED],
    promoted: [PROPOSED, PROMOTED],
    'intent-signed': [PROPOSED, PROMOTED, INTENT],
    'investment-signed': [PROPOSED, PROMOTED, INTENT, INVESTMENT],
    landed: [PROPOSED, PROMOTED, INTENT, INVESTMENT, LANDED],
    operating: [PROPOSED, PROMOTED, INTENT, INVESTMENT, LANDED, OPERATING],
  };
  const STATUSES: Record<Status, ProjectEvent[]> = { active: [], suspended: [SUSPENDED], terminated: [TERMINATED] };
  // In the order of the stages and of active, suspended, terminated: y where the table of DESIGN allows the command.
  const ALLOWED: Record<Exclude<ProjectCommand['type'], 'Propose' | 'RevokeMilestone'>, [string, string]> = {
    Promote: ['y.....', 'y..'],
    SignIntent: ['yy....', 'y..'],
    SignInvestment: ['yyy...', 'y..'],
    Land: ['...y..', 'y..'],
    StartConstruction: ['...yyy', 'y..'],
    ReceiveFunds: ['...yyy', 'y..'],
    Operate: ['....y.', 'y..'],
    ReviseCommitment: ['..yyyy', 'yy.'],
    Suspend: ['yyyyyy', 'y..'],
    Resume: ['yyyyyy', '.y.'],
    Terminate: ['yyyyyy', 'yy.'],
    CorrectMilestone: ['yyyyyy', 'yyy'],
    ChangeInvestor: ['yyyyyy', 'yy.'],
    AssignResponsibility: ['yyyyyy', 'yyy'],
  };
  const cases = Object.entries(ALLOWED).flatMap(([type, [stages, statuses]]) =>
    STAGES.flatMap((stage, s) =>
      (Object.keys(STATUSES) as Status[]).map((status, t) => {
        const codes = [
          ...(stages[s] === 'y' ? [] : ['stage-forbids']),
          ...(statuses[t] === 'y' ? [] : ['status-forbids']),
        ];
        return { type: type as keyof typeof ALLOWED, stage, status, codes };
      }),
    ),
  );

  test('the table has every command at every stage and status', () => expect(cases).toHaveLength(14 * 6 * 3));

  test.each(cases)('$type at $stage, $status: $codes', ({ type, stage, status, codes }) => {
    const project = given(...HISTORIES[stage], ...STATUSES[status]);
    expect(project.state()).toMatchObject({ stage, status });
    const asked = project.when(COMMANDS[type]);
    if (codes.length === 0) asked.state();
    else asked.thenRefused(...codes.map((code): [string, null] => [code, null]));
  });

  test.each(Object.keys(COMMANDS) as ProjectCommand['type'][])('%s needs a project, or none', (type) => {
    if (type === 'Propose') given(PROPOSED).when(COMMANDS[type]).thenRefused(['project-exists', null]);
    else given().when(COMMANDS[type]).thenRefused(['project-unknown', null]);
  });

  test('construction starts once', () => {
    given(PROPOSED, INVESTMENT, CONSTRUCTION).when(COMMANDS.StartConstruction).thenRefused(['milestone-stands', null]);
  });
});

describe('fields', () => {
  test.each<[string, Partial<ProjectCommandData['Propose']>, [string, string][]]>([
    ['a day that does not exist', { occurredOn: '2024-02-30' }, [['date-invalid', 'occurredOn']]],
    ['a day to come', { occurredOn: '2025-01-01' }, [['date-in-future', 'occurredOn']]],
    ['an empty title', { title: ' ' }, [['text-empty', 'title']]],
    ['a title that shows nothing', { title: '\u200b' }, [['text-empty', 'title']]],
    ['an investor of joiners', { investor: '\u200d \u200d' }, [['text-empty', 'investor']]],
    ['no title', { title: undefined }, [['required', 'title']]],
    ['a long title', { title: '长'.repeat(501) }, [['text-too-long', 'title']]],
    ['NUL', { investor: 'a\0b' }, [['text-malformed', 'investor']]],
    ['a control of Latin-1', { investor: 'a\u0085b' }, [['text-malformed', 'investor']]],
    ['a destroyed character', { title: '风\ufffd' }, [['text-malformed', 'title']]],
    ['what no workbook can hold', { title: '风\uffff' }, [['text-malformed', 'title']]],
    ['half a character', { industry: '\ud800' }, [['text-malformed', 'industry']]],
    ['an empty code', { code: '' }, [['text-empty', 'code']]],
    ['an unknown partner', { origin: '999' }, [['code-unknown', 'origin']]],
    ['an unknown region', { prefecture: '999' }, [['code-unknown', 'prefecture']]],
    ['a cluster before its time', { cluster: 'coal', occurredOn: '2022-12-31' }, [['code-unknown', 'cluster']]],
    ['a conference by name', { conference: '克拉玛依推介会' }, [['conference-id-invalid', 'conference']]],
    ['three decimals', { estimatedInvestment: yuan('1.005') }, [['amount-invalid', 'estimatedInvestment.value']]],
    ['a negative amount', { estimatedInvestment: yuan('-1') }, [['amount-invalid', 'estimatedInvestment.value']]],
    [
      'another currency',
      { estimatedInvestment: { ...yuan('1'), currency: 'USD' } },
      [['currency-unknown', 'estimatedInvestment.currency']],
    ],
    [
      'an unknown bound',
      { estimatedInvestment: yuan('1', 'about' as 'exact') },
      [['bound-unknown', 'estimatedInvestment.bound']],
    ],
    [
      'all that is wrong at once',
      { title: '', origin: 'x', estimatedInvestment: yuan('x'), responsibleUnit: '\u0007' },
      [
        ['text-empty', 'title'],
        ['code-unknown', 'origin'],
        ['amount-invalid', 'estimatedInvestment.value'],
        ['text-malformed', 'responsibleUnit'],
      ],
    ],
  ])('a proposal with %s is refused', (_name, change, reasons) => {
    given()
      .when(ask('Propose', change))
      .thenRefused(...reasons);
  });

  test('limits themselves are allowed, and characters outside the basic plane count as one', () => {
    given()
      .when(ask('Propose', { title: '𠀀'.repeat(500), industry: '一行\n二行' }))
      .state();
    given()
      .when(ask('Propose', { estimatedInvestment: yuan('0') }))
      .state();
    given(PROPOSED)
      .when(ask('Suspend', { reason: '长'.repeat(2_000) }))
      .state();
    given(PROPOSED)
      .when(ask('Suspend', { reason: '长'.repeat(2_001) }))
      .thenRefused(['text-too-long', 'reason']);
  });

  test.each<[ProjectCommand, ProjectEvent[], [string, string][]]>([
    [
      ask('Promote', { conference: undefined, venue: '' }),
      [PROPOSED],
      [
        ['required', 'conference'],
        ['text-empty', 'venue'],
      ],
    ],
    [
      ask('SignIntent', { agreement: 'investment' as 'intent', amount: undefined }),
      [PROPOSED],
      [
        ['agreement-unknown', 'agreement'],
        ['required', 'amount'],
      ],
    ],
    [ask('SignInvestment', { amount: yuan('0.00') }), [PROPOSED], [['amount-not-positive', 'amount.value']]],
    [
      ask('SignInvestment', { plannedStart: '2025-02-01', plannedCompletion: '2025-01-31' }),
      [PROPOSED],
      [['date-order', 'plannedCompletion']],
    ],
    [
      ask('SignInvestment', { plannedStart: 'soon', plannedCompletion: '2025-12-01' }),
      [PROPOSED],
      [['date-invalid', 'plannedStart']],
    ],
    [
      ask('Land', { evidence: [], legalEntity: '' }),
      [PROPOSED, INVESTMENT],
      [
        ['text-empty', 'legalEntity'],
        ['evidence-missing', 'evidence'],
      ],
    ],
    [
      ask('Land', { evidence: [{ kind: '照片', reference: ' ' }] }),
      [PROPOSED, INVESTMENT],
      [['text-empty', 'evidence[0].reference']],
    ],
    [ask('ReceiveFunds', { amount: yuan('0') }), [PROPOSED, INVESTMENT], [['amount-not-positive', 'amount.value']]],
    [
      ask('ReceiveFunds', { amount: yuan('999999999999999999.99') }),
      [PROPOSED, INVESTMENT, FUNDS],
      [['amount-too-large', 'amount.value']],
    ],
    [ask('Operate', { evidence: undefined }), [PROPOSED, INVESTMENT, LANDED], [['evidence-missing', 'evidence']]],
    [
      ask('ReviseCommitment', { occurredOn: '2024-04-09', reason: '' }),
      [PROPOSED, INVESTMENT],
      [
        ['date-order', 'occurredOn'],
        ['text-empty', 'reason'],
      ],
    ],
    [ask('Terminate', { reason: undefined }), [PROPOSED], [['required', 'reason']]],
    [ask('ChangeInvestor', { investor: '示例化工有限公司 ' }), [PROPOSED], [['investor-unchanged', 'investor']]],
    [
      ask('ChangeInvestor', { investor: '接手化工有限公司' }),
      [PROPOSED, INVESTOR_CHANGED],
      [['investor-unchanged', 'investor']],
    ],
    [
      ask('ChangeInvestor', { occurredOn: '2025-01-01', investor: ' ', reason: undefined }),
      [PROPOSED],
      [
        ['date-in-future', 'occurredOn'],
        ['text-empty', 'investor'],
        ['required', 'reason'],
      ],
    ],
    [
      ask('AssignResponsibility', { unit: '', occurredOn: '2024-01-09' }),
      [PROPOSED],
      [
        ['date-order', 'occurredOn'],
        ['text-empty', 'unit'],
      ],
    ],
  ])('%j is refused', (command, history, reasons) => {
    given(...history)
      .when(command)
      .thenRefused(...reasons);
  });
});

describe('the order of dates', () => {
  test.each<[ProjectCommand['type'], string, ProjectEvent[]]>([
    ['Promote', '2024-01-09', [PROPOSED]],
    ['SignIntent', '2024-02-09', [PROPOSED, PROMOTED]],
    ['SignInvestment', '2024-03-09', [PROPOSED, PROMOTED, INTENT]],
    ['Land', '2024-04-09', [PROPOSED, INVESTMENT]],
    ['StartConstruction', '2024-04-09', [PROPOSED, INVESTMENT, LANDED]],
    ['StartConstruction', '2024-09-11', [PROPOSED, INVESTMENT, LANDED, OPERATING]],
    ['ReceiveFunds', '2024-04-09', [PROPOSED, INVESTMENT]],
    ['Operate', '2024-06-09', [PROPOSED, INVESTMENT, LANDED, CONSTRUCTION]],
    ['Terminate', '2024-06-19', [PROPOSED, INVESTMENT, FUNDS]],
    ['Terminate', '2024-10-09', [PROPOSED, SUSPENDED]],
    ['Resume', '2024-10-09', [PROPOSED, SUSPENDED]],
    ['Suspend', '2024-01-09', [PROPOSED]],
    ['ChangeInvestor', '2024-01-09', [PROPOSED]],
    ['ChangeInvestor', '2024-04-19', [PROPOSED, INVESTOR_CHANGED]],
    ['Terminate', '2024-04-19', [PROPOSED, INVESTOR_CHANGED]],
    ['Terminate', '2024-10-31', [PROPOSED, INVESTMENT, REVISED]],
    ['Terminate', '2024-10-31', [PROPOSED, INTENT, REVISED, INVESTMENT]],
  ])('%s on %s is out of order', (type, occurredOn, history) => {
    given(...history)
      .when(ask(type, { occurredOn }))
      .thenRefused(['date-order', 'occurredOn']);
  });

  test('the same day is in order, and construction needs no landing', () => {
    given(PROPOSED)
      .when(ask('Promote', { occurredOn: '2024-01-10' }))
      .state();
    given(PROPOSED, INVESTMENT, LANDED)
      .when(ask('StartConstruction', { occurredOn: '2024-04-10' }))
      .state();
    given(PROPOSED, INVESTMENT, LANDED, FUNDS)
      .when(ask('Operate', { occurredOn: '2024-05-10' }))
      .state();
  });
});
