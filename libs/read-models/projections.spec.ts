import {
  CONSTRUCTION,
  FUNDS,
  INTENT,
  INVESTMENT,
  INVESTOR_CHANGED,
  LANDED,
  PROGRAMME,
  PROMOTED,
  PROPOSED,
  SUSPENDED,
  TERMINATED,
  yuan,
} from '../../test/support/project-samples';
import { evolve } from '../project/evolve';
import { ProjectEvent } from '../project/events';
import { ProjectState } from '../project/state';
import { funnelDeltas } from './funnel.read-model';
import { milestoneRows } from './milestones.read-model';
import { projectRow } from './projects.read-model';
import { ProjectChange } from './read-model';

/** The change that `events` bring to a project with a history; event number n is recorded at second n of a minute. */
function given(...history: ProjectEvent[]) {
  const before = history.reduce<ProjectState | undefined>(evolve, undefined);
  return {
    when(...events: ProjectEvent[]): ProjectChange {
      let state = before;
      const steps = events.map((event) => {
        const after = evolve(state, event);
        const { revision } = after;
        state = after;
        return {
          event,
          revision,
          position: `${revision + 1}`,
          recordedAt: at(revision),
          recordedBy: 'clerk',
          state: after,
        };
      });
      return { stream: 'project-p', id: 'p', before, steps };
    },
  };
}

const at = (revision: number) => `2024-12-31T00:00:0${revision}.000Z`;
const rowsOf = (change: ProjectChange) => milestoneRows(change, PROGRAMME);

const CORRECTED: ProjectEvent = {
  type: 'MilestoneCorrected',
  data: {
    occurredOn: '2024-12-31',
    milestone: 'intent-signed',
    milestoneRevision: 1,
    correctedOn: '2024-03-11',
    reason: '日期有误',
  },
};
const REVISED: ProjectEvent = {
  type: 'CommitmentRevised',
  data: { occurredOn: '2024-03-20', amount: yuan('7.00'), reason: '增资' },
};
const REVOKED: ProjectEvent = {
  type: 'MilestoneRevoked',
  data: { occurredOn: '2024-12-31', milestone: 'intent-signed', milestoneRevision: 1, reason: '未签' },
};

describe('milestones', () => {
  test('every fact is a row, with what it carries', () => {
    const { rows, endings } = rowsOf(given().when(PROPOSED, PROMOTED, INTENT, REVISED, SUSPENDED));
    expect(endings).toEqual([]);
    expect(
      rows.map(({ revision, milestone_revision, milestone }) => [revision, milestone_revision, milestone]),
    ).toEqual([
      [0, 0, 'proposed'],
      [1, 1, 'promoted'],
      [2, 2, 'intent-signed'],
      [3, 2, 'commitment-revised'],
      [4, 4, 'suspended'],
    ]);
    expect(rows[2]).toMatchObject({
      project: 'p',
      occurred_on: '2024-03-10',
      recorded_at: at(2),
      recorded_by: 'clerk',
      amount: '100000000.00',
      bound: 'at-least',
      currency: 'CNY',
      agreement: 'framework',
      paired: true,
    });
  });

  test('a correction adds a row with what it did not change, and supersedes the row of an earlier batch', () => {
    const { rows, endings } = rowsOf(given(PROPOSED, INTENT).when(CORRECTED));
    expect(rows).toMatchObject([
      {
        revision: 2,
        milestone_revision: 1,
        milestone: 'intent-signed',
        occurred_on: '2024-03-11',
        amount: '100000000.00',
      },
    ]);
    expect(endings).toEqual([
      { project: 'p', milestone_revision: 1, milestone: 'intent-signed', superseded_at: at(2) },
    ]);
  });

  test('within one batch the row carries its end already', () => {
    const { rows, endings } = rowsOf(given().when(PROPOSED, INTENT, CORRECTED, CORRECTED));
    expect(endings).toEqual([]);
    expect(rows.map(({ superseded_at }) => superseded_at)).toEqual([undefined, at(2), at(3), undefined]);
  });

  test('a revoked signing takes its revised commitments along, also where a correction came in between', () => {
    const { rows, endings } = rowsOf(given(PROPOSED, INTENT, REVISED).when(CORRECTED, REVOKED));
    expect(rows).toMatchObject([{ milestone: 'intent-signed', revoked_at: at(4) }]);
    expect(endings).toEqual([
      { project: 'p', milestone_revision: 1, milestone: 'intent-signed', superseded_at: at(3) },
      { project: 'p', milestone_revision: 1, milestone: 'commitment-revised', revoked_at: at(4) },
    ]);
  });

  test('an assignment of responsibility is no milestone', () => {
    const assigned: ProjectEvent = {
      type: 'ResponsibilityAssigned',
      data: { occurredOn: '2024-12-31', unit: '商务局' },
    };
    expect(rowsOf(given(PROPOSED).when(assigned))).toEqual({ rows: [], endings: [] });
  });
});

describe('funnel', () => {
  const deltas = (change: ProjectChange) =>
    funnelDeltas([change], PROGRAMME).map(
      ({ stage, projects, committed_value, at_least, funds_received, constructions, funds_at_least }) => [
        stage,
        projects,
        committed_value,
        at_least,
        funds_received,
        constructions,
        funds_at_least,
      ],
    );

  test('a new project adds to one cell', () => {
    expect(deltas(given().when(PROPOSED))).toEqual([['proposed', 1, '0.00', 0, '0.00', 0, 0]]);
  });

  test('an upgrade moves the project to another column and stage, and adds only the difference', () => {
    expect(deltas(given(PROPOSED, INTENT).when(INVESTMENT))).toEqual([
      ['intent-signed', -1, '-100000000.00', -1, '0.00', 0, 0],
      ['investment-signed', 1, '120000000.00', 0, '0.00', 0, 0],
    ]);
  });

  test('what stays in its cell adds only what is new', () => {
    expect(deltas(given(PROPOSED, INVESTMENT).when(CONSTRUCTION, FUNDS))).toEqual([
      ['investment-signed', 0, '0.00', 0, '30000000.00', 1, 0],
    ]);
  });

  test('funds of which only a lower bound is known are counted, until a correction says what they were', () => {
    const received: ProjectEvent = {
      type: 'FundsReceived',
      data: { occurredOn: '2024-06-21', amount: yuan('5.00', 'at-least') },
    };
    const { occurredOn } = received.data;
    const data = { occurredOn, milestone: 'funds-received', milestoneRevision: 3, reason: '对账' } as const;
    const corrected: ProjectEvent = { type: 'MilestoneCorrected', data: { ...data, correctedAmount: yuan('5.00') } };
    const known = [PROPOSED, INVESTMENT, FUNDS];
    expect(deltas(given(...known).when(received))).toEqual([['investment-signed', 0, '0.00', 0, '5.00', 0, 1]]);
    expect(deltas(given(...known, received).when(corrected))).toEqual([
      ['investment-signed', 0, '0.00', 0, '0.00', 0, -1],
    ]);
    expect(projectRow(given(...known).when(received), PROGRAMME)).toMatchObject({
      funds_received: '30000005.00',
      funds_bound: 'at-least',
    });
    expect(projectRow(given(...known, received).when(corrected), PROGRAMME)).toMatchObject({ funds_bound: 'exact' });
  });

  test('what changes no figure changes no cell', () => {
    const assigned: ProjectEvent = {
      type: 'ResponsibilityAssigned',
      data: { occurredOn: '2024-12-31', unit: '商务局' },
    };
    expect(deltas(given(PROPOSED, INTENT).when(assigned))).toEqual([]);
  });
});

test('the board keeps what the papers printed beside what is agreed now', () => {
  const change = given().when(PROPOSED, INTENT, REVISED, INVESTMENT, LANDED, TERMINATED);
  expect(projectRow(change, PROGRAMME)).toMatchObject({
    stage: 'landed',
    stage_since: '2024-05-10',
    status: 'terminated',
    status_since: '2024-11-10',
    status_reason: '投资方退出',
    agreement: 'investment',
    committed_value: '120000000.00',
    committed_bound: 'exact',
    first_signed_on: '2024-03-10',
    signed_agreement: 'framework',
    signed_value: '100000000.00',
    signed_bound: 'at-least',
    signing_conference: undefined,
    credited_conference: null,
    terminated_on: '2024-11-10',
    last_event: 'ProjectTerminated',
    last_activity_at: at(5),
    revision: 5,
    position: '6',
  });
});

test('the board shows the investor as it is now, beside the one who signed', () => {
  const [before, after] = ['示例化工有限公司', '接手化工有限公司'];
  const row = (...events: ProjectEvent[]) => projectRow(given().when(...events), PROGRAMME);
  expect(row(PROPOSED)).toMatchObject({ investor: before, signed_investor: undefined });
  expect(row(PROPOSED, INVESTMENT)).toMatchObject({ investor: before, signed_investor: before });
  expect(row(PROPOSED, INVESTMENT, INVESTOR_CHANGED)).toMatchObject({
    investor: after,
    signed_investor: before,
    origin: '310000',
    committed_value: '120000000.00',
    last_event: 'InvestorChanged',
  });
});
