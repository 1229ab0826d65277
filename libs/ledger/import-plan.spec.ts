import { given, NEW, REASON, REFERENCE } from '../../test/support/given-row';
import {
  CONSTRUCTION,
  FUNDS,
  INTENT,
  INVESTMENT,
  INVESTOR_CHANGED,
  LANDED,
  OPERATING,
  PROMOTED,
  PROPOSED,
  TERMINATED,
  yuan,
} from '../../test/support/project-samples';
import { Milestone, ProjectEvent } from '../project/events';
import { Money } from '../project/money';
import { LedgerRow } from './ledger-row';

describe('a project that is not known', () => {
  test('is proposed, then led through everything the row says', () => {
    const row: LedgerRow = {
      ...NEW,
      cluster: 'coal',
      conference: 'karamay-2024',
      responsibleUnit: '市发改委',
      responsiblePerson: '张三',
      proposedOn: '2024-01-10',
      promotedOn: '2024-02-10',
      intentAgreement: 'framework',
      intentAmount: yuan('100000000.00', 'at-least'),
      intentSignedOn: '2024-03-10',
      investmentAmount: yuan('120000000.00'),
      investmentSignedOn: '2024-04-10',
      plannedStart: '2024-06-01',
      legalEntity: '示例(克拉玛依)风电有限公司',
      landedOn: '2024-05-10',
      landingEvidence: '91650200MA00000000;照片 3',
      constructionStartedOn: '2024-06-10',
      fundsReceived: yuan('30000000.00'),
      fundsReceivedOn: '2024-06-20',
      operatingOn: '2024-09-10',
      status: 'terminated',
      statusSince: '2024-11-10',
      statusReason: '投资方退出',
    };
    const planned = given().when(row);
    planned.then(
      {
        type: 'Propose',
        data: {
          ...NEW,
          occurredOn: '2024-01-10',
          cluster: 'coal',
          conference: 'karamay-2024',
          responsibleUnit: '市发改委',
        },
      },
      { type: 'Promote', data: { occurredOn: '2024-02-10', conference: 'karamay-2024' } },
      {
        type: 'SignIntent',
        data: {
          occurredOn: '2024-03-10',
          agreement: 'framework',
          amount: yuan('100000000.00', 'at-least'),
          conference: 'karamay-2024',
        },
      },
      {
        type: 'SignInvestment',
        data: { occurredOn: '2024-04-10', amount: yuan('120000000.00'), plannedStart: '2024-06-01' },
      },
      {
        type: 'Land',
        data: {
          occurredOn: '2024-05-10',
          legalEntity: '示例(克拉玛依)风电有限公司',
          evidence: [
            { kind: 'document', reference: '91650200MA00000000' },
            { kind: 'document', reference: '照片 3' },
          ],
        },
      },
      { type: 'StartConstruction', data: { occurredOn: '2024-06-10' } },
      // Without a document the row of the ledger is the evidence, and says so.
      { type: 'Operate', data: { occurredOn: '2024-09-10', evidence: [{ kind: 'ledger', reference: REFERENCE }] } },
      { type: 'ReceiveFunds', data: { occurredOn: '2024-06-20', amount: yuan('30000000.00') } },
      { type: 'Terminate', data: { occurredOn: '2024-11-10', reason: '投资方退出' } },
      { type: 'AssignResponsibility', data: { unit: '市发改委', person: '张三' } },
    );
    expect(planned).toMatchObject({ outcome: 'create', notes: [] });
  });

  test('without a date of its proposal takes the earliest of the row, and says so', () => {
    const planned = given().when({ ...NEW, investmentSignedOn: '2024-05-13', investmentAmount: yuan('1.00') });
    expect(planned.commands[0]).toMatchObject({ type: 'Propose', data: { occurredOn: '2024-05-13' } });
    planned.thenNoted(['date-assumed', 'proposedOn']);
  });

  test('is refused with everything that is missing at once', () => {
    given()
      .when({ code: 'KLMY-002', title: '风电装备项目' })
      .thenRefused(
        ['required', 'investor'],
        ['required', 'origin'],
        ['required', 'prefecture'],
        ['required', 'proposedOn'],
      );
  });

  test('is refused where the decider would, and the cell is named', () => {
    const dated = { ...NEW, proposedOn: '2024-01-10' };
    given()
      .when({ ...dated, origin: '999999' })
      .thenRefused(['code-unknown', 'origin']);
    given()
      .when({ ...dated, promotedOn: '2024-02-10' })
      .thenRefused(['conference-id-invalid', 'conference']);
    given()
      .when({ ...dated, intentSignedOn: '2024-02-10' })
      .thenRefused(['required', 'intentAmount']);
    given()
      .when({ ...dated, investmentSignedOn: '2025-02-10', investmentAmount: yuan('1.00') })
      .thenRefused(['date-in-future', 'investmentSignedOn']);
    given()
      .when({ ...dated, investmentSignedOn: '2024-02-10', investmentAmount: yuan('0.00') })
      .thenRefused(['amount-not-positive', 'investmentAmount']);
    given()
      .when({ ...dated, landedOn: '2024-02-10', legalEntity: '甲' })
      .thenRefused(['stage-forbids', 'landedOn']);
  });

  test('is refused with a conference that was never recorded', () => {
    const row = { ...NEW, proposedOn: '2024-01-10', conference: 'nowhere-2024' };
    given()
      .when(row, { unknownConferences: new Set(['nowhere-2024']) })
      .thenRefused(['conference-unknown', 'conference']);
    expect(given().when(row, { unknownConferences: new Set(['elsewhere-2024']) }).outcome).toBe('create');
    // What a project says already is not said again.
    given(PROPOSED, PROMOTED)
      .when({ code: 'KLMY-001', conference: 'karamay-2024' }, { unknownConferences: new Set(['karamay-2024']) })
      .then();
  });

  test('is refused with an amount that has no date: it would get lost', () => {
    given()
      .when({ ...NEW, proposedOn: '2024-01-10', investmentAmount: yuan('1.00') })
      .thenRefused(['required', 'investmentSignedOn']);
  });

  test('is refused for a clerk of another prefecture', () => {
    const row = { ...NEW, proposedOn: '2024-01-10' };
    given()
      .when(row, { prefectures: ['650100'] })
      .thenRefused(['prefecture-forbidden', 'prefecture']);
    expect(given().when(row, { prefectures: ['650200'] }).outcome).toBe('create');
  });
});

describe('a project that is known', () => {
  const code = 'KLMY-001';

  test('is not changed by a row that says nothing, or what is known', () => {
    const known = [PROPOSED, PROMOTED, INTENT, INVESTMENT, LANDED, CONSTRUCTION, FUNDS, OPERATING];
    expect(given(...known).when({ code }).outcome).toBe('unchanged');
    const row: LedgerRow = {
      code,
      proposedOn: '2024-01-10',
      investmentSignedOn: '2024-04-10',
      investmentAmount: yuan('120000000.00'),
      landedOn: '2024-05-10',
      fundsReceived: yuan('30000000.00'),
      fundsReceivedOn: '2024-06-20',
      conference: 'karamay-2024',
      status: 'active',
    };
    expect(given(...known).when(row)).toMatchObject({ outcome: 'unchanged', commands: [], notes: [] });
  });

  test('a follow-up carries only what is new', () => {
    given(PROPOSED, INTENT)
      .when({ code, investmentSignedOn: '2024-04-10', investmentAmount: yuan('2.00'), conference: 'yining-2024' })
      .then({
        type: 'SignInvestment',
        data: { occurredOn: '2024-04-10', amount: yuan('2.00'), conference: 'yining-2024' },
      });
  });

  test('money received is cumulative', () => {
    const known = given(PROPOSED, INVESTMENT, FUNDS);
    known
      .when({ code, fundsReceived: yuan('50000000.00'), fundsReceivedOn: '2024-08-31' })
      .then({ type: 'ReceiveFunds', data: { occurredOn: '2024-08-31', amount: yuan('20000000.00') } });
    known.when({ code, fundsReceived: yuan('50000000.00') }).thenRefused(['required', 'fundsReceivedOn']);
    known.when({ code, fundsReceived: yuan('30000000.00'), fundsReceivedOn: '2024-08-31' }).then();
  });

  test('less money than known corrects the one receipt, and of several it is not known which', () => {
    const less = { code, fundsReceived: yuan('10000000.00'), fundsReceivedOn: '2024-08-31' };
    given(PROPOSED, INVESTMENT, FUNDS)
      .when(less)
      .then({
        type: 'CorrectMilestone',
        data: { milestone: 'funds-received', revision: 2, correctedAmount: yuan('10000000.00'), reason: REASON },
      });
    given(PROPOSED, INVESTMENT, FUNDS, FUNDS).when(less).thenRefused(['funds-decreased', 'fundsReceived']);
  });

  const receipt = (occurredOn: string, amount: Money): ProjectEvent => {
    return { type: 'FundsReceived', data: { occurredOn, amount } };
  };
  const atLeast = receipt('2024-06-20', yuan('30000000.00', 'at-least'));
  const correction = (correctedAmount: Money) => {
    const data = { milestone: 'funds-received', revision: 2, correctedAmount, reason: REASON };
    return { type: 'CorrectMilestone', data };
  };

  test('a sum that is known exactly, or no longer is, corrects the one receipt', () => {
    const exactly = { code, fundsReceived: yuan('30000000.00'), fundsReceivedOn: '2024-08-31' };
    given(PROPOSED, INVESTMENT, atLeast)
      .when(exactly)
      .then(correction(yuan('30000000.00')));
    const above = { ...exactly, fundsReceived: yuan('30000000.00', 'at-least') };
    given(PROPOSED, INVESTMENT, FUNDS).when(above).then(correction(above.fundsReceived));
    given(PROPOSED, INVESTMENT, atLeast).when(above).then();
  });

  test('a greater sum that is exact makes the one receipt before it exact, for their total is', () => {
    const row = { code, fundsReceived: yuan('50000000.00'), fundsReceivedOn: '2024-08-31' };
    const more = { type: 'ReceiveFunds', data: { occurredOn: '2024-08-31', amount: yuan('20000000.00') } };
    given(PROPOSED, INVESTMENT, atLeast)
      .when(row)
      .then(correction(yuan('30000000.00')), more);
    // The same ledger again, and the one before, say nothing new.
    const known = given(PROPOSED, INVESTMENT, FUNDS, receipt('2024-08-31', yuan('20000000.00')));
    known.when(row).then();
    const before = { code, fundsReceived: yuan('30000000.00', 'at-least'), fundsReceivedOn: '2024-06-20' };
    expect(known.when(before)).toMatchObject({ outcome: 'unchanged', notes: [{ field: 'fundsReceived' }] });
    // A sum of which only a lower bound is known does not.
    given(PROPOSED, INVESTMENT, atLeast)
      .when({ ...row, fundsReceived: yuan('50000000.00', 'at-least') })
      .then({ ...more, data: { ...more.data, amount: yuan('20000000.00', 'at-least') } });
  });

  test('of several receipts it is not known which one is exact, and the difference is noted', () => {
    const several = given(PROPOSED, INVESTMENT, atLeast, receipt('2024-07-20', yuan('10000000.00')));
    for (const sum of ['40000000.00', '50000000.00']) {
      several
        .when({ code, fundsReceived: yuan(sum), fundsReceivedOn: '2024-08-31' })
        .thenNoted(['not-recorded', 'fundsReceived']);
    }
    several.when({ code, fundsReceived: yuan('40000000.00', 'at-least'), fundsReceivedOn: '2024-08-31' }).thenNoted();
    expect(several.when({ code, fundsReceived: yuan('40000000.00') }).outcome).toBe('unchanged');
  });

  test('an old ledger read again says nothing new of money', () => {
    const later: ProjectEvent = { type: 'FundsReceived', data: { occurredOn: '2024-09-20', amount: yuan('5.00') } };
    const known = given(PROPOSED, INVESTMENT, FUNDS, later);
    known.when({ code, fundsReceived: yuan('30000000.00'), fundsReceivedOn: '2024-08-31' }).then();
    known
      .when({ code, fundsReceived: yuan('40000000.00'), fundsReceivedOn: '2024-08-31' })
      .thenRefused(['funds-outdated', 'fundsReceived']);
  });

  test('a changed date or amount corrects the milestone, in an order that keeps the dates in order', () => {
    given(PROPOSED, INVESTMENT, LANDED)
      .when({ code, investmentSignedOn: '2024-05-20', investmentAmount: yuan('7.00'), landedOn: '2024-05-25' })
      .then(
        { type: 'CorrectMilestone', data: { milestone: 'landed', correctedOn: '2024-05-25', reason: REASON } },
        {
          type: 'CorrectMilestone',
          data: {
            milestone: 'investment-signed',
            correctedOn: '2024-05-20',
            correctedAmount: yuan('7.00'),
            reason: REASON,
          },
        },
      );
    given(PROPOSED, INVESTMENT, LANDED)
      .when({ code, investmentSignedOn: '2024-02-20', landedOn: '2024-02-25', proposedOn: '2024-02-01' })
      .then(
        { type: 'CorrectMilestone', data: { milestone: 'proposed', correctedOn: '2024-02-01', reason: REASON } },
        {
          type: 'CorrectMilestone',
          data: { milestone: 'investment-signed', correctedOn: '2024-02-20', reason: REASON },
        },
        { type: 'CorrectMilestone', data: { milestone: 'landed', correctedOn: '2024-02-25', reason: REASON } },
      );
  });

  test('a correction that breaks the order of dates is refused at its cell', () => {
    given(PROPOSED, INVESTMENT, LANDED)
      .when({ code, investmentSignedOn: '2024-05-20' })
      .thenRefused(['date-order', 'investmentSignedOn']);
  });

  test('a stage that was passed over is noted, not recorded', () => {
    given(PROPOSED, INVESTMENT)
      .when({ code, intentSignedOn: '2024-03-10', intentAmount: yuan('1.00') })
      .thenNoted(['stage-passed', 'intentSignedOn']);
  });

  test('what no event can express is noted', () => {
    const planned = given(PROPOSED).when({ code, title: '另一个名称', legalEntity: '甲公司' });
    planned.thenNoted(['not-recorded', 'title'], ['not-recorded', 'legalEntity']);
    expect(planned.outcome).toBe('unchanged');
  });

  test('another investor is noted, with the command that records it', () => {
    const planned = given(PROPOSED).when({ code, investor: '接手化工有限公司' });
    planned.thenNoted(['not-recorded', 'investor']);
    expect(planned.notes[0]?.text).toEqual({
      zh: expect.stringContaining('ChangeInvestor') as string,
      en: expect.stringContaining('ChangeInvestor (POST /api/v1/projects/{id}/investor-change)') as string,
    });
    given(PROPOSED, INVESTOR_CHANGED).when({ code, investor: '接手化工有限公司' }).thenNoted();
  });

  test('a code of another project is refused', () => {
    given(PROPOSED).when({ code: 'KLMY-009' }).thenRefused(['code-mismatch', 'code']);
    given(PROPOSED).when({ code: 'ＫＬＭＹ－００１' }).then();
  });

  test('the responsible unit and person', () => {
    given(PROPOSED)
      .when({ code, responsibleUnit: '园区管委会' })
      .then({ type: 'AssignResponsibility', data: { unit: '园区管委会' } });
    given(PROPOSED).when({ code, responsiblePerson: '李四' }).thenRefused(['required', 'responsibleUnit']);
  });
});

describe('a full snapshot, in which a blank cell denies', () => {
  const code = 'KLMY-001';
  const blankRevokes: Milestone[] = ['investment-signed', 'landed', 'construction-started', 'operating'];
  const revoke = (milestone: Milestone) => ({ type: 'RevokeMilestone', data: { milestone, reason: REASON } });

  test('revokes from the latest backwards', () => {
    given(PROPOSED, INVESTMENT, LANDED, CONSTRUCTION)
      .when({ code }, { blankRevokes })
      .then(revoke('construction-started'), revoke('landed'), revoke('investment-signed'));
  });

  test('records again what stood on a milestone that is revoked', () => {
    given(PROPOSED, INVESTMENT, LANDED, CONSTRUCTION, OPERATING)
      .when(
        { code, investmentSignedOn: '2024-04-10', landedOn: '2024-05-10', operatingOn: '2024-09-10', status: 'active' },
        { blankRevokes },
      )
      .then(revoke('operating'), revoke('construction-started'), {
        type: 'Operate',
        data: { occurredOn: '2024-09-10', evidence: [{ kind: 'ledger', reference: REFERENCE }] },
      });
  });

  test('takes a termination away first, and puts it back', () => {
    given(PROPOSED, INVESTMENT, TERMINATED)
      .when({ code, status: 'terminated', statusSince: '2024-11-10', statusReason: '投资方退出' }, { blankRevokes })
      .then(
        { type: 'RevokeMilestone', data: { milestone: 'terminated', reason: '投资方退出' } },
        revoke('investment-signed'),
        { type: 'Terminate', data: { occurredOn: '2024-11-10', reason: '投资方退出' } },
      );
  });

  test('does not touch what the register does not tell', () => {
    given(PROPOSED, INVESTMENT, FUNDS)
      .when({ code, status: 'active' }, { blankRevokes })
      .thenRefused(['milestone-not-latest', 'investmentSignedOn']);
  });
});
