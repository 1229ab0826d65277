import { given, REASON, REFERENCE } from '../../test/support/given-row';
import { INVESTMENT, PROPOSED, REVISED, SUSPENDED, TERMINATED } from '../../test/support/project-samples';
import { LedgerRow } from './ledger-row';

const code = 'KLMY-001';
const since = { statusSince: '2024-11-20', statusReason: '市场变化' };

test('suspends, resumes before anything new, and needs its date and reason', () => {
  given(PROPOSED)
    .when({ code, status: 'suspended', ...since })
    .then({ type: 'Suspend', data: { occurredOn: '2024-11-20', reason: '市场变化' } });
  given(PROPOSED, INVESTMENT, SUSPENDED)
    .when({ code, status: 'active', ...since, landedOn: '2024-12-01', legalEntity: '甲' })
    .then(
      { type: 'Resume', data: { occurredOn: '2024-11-20', reason: '市场变化' } },
      {
        type: 'Land',
        data: { occurredOn: '2024-12-01', legalEntity: '甲', evidence: [{ kind: 'ledger', reference: REFERENCE }] },
      },
    );
  given(PROPOSED)
    .when({ code, status: 'terminated' })
    .thenRefused(['required', 'statusSince'], ['required', 'statusReason']);
});

test('a project that comes back has its termination revoked, on the day and for the reason of the row', () => {
  const revoked = {
    type: 'RevokeMilestone',
    data: { milestone: 'terminated', occurredOn: '2024-11-20', reason: '市场变化' },
  };
  given(PROPOSED, TERMINATED)
    .when({ code, status: 'active', ...since })
    .then(revoked);
  given(PROPOSED, SUSPENDED, TERMINATED)
    .when({ code, status: 'active', ...since })
    .then(revoked, { type: 'Resume', data: { occurredOn: '2024-11-20', reason: '市场变化' } });
  given(PROPOSED, TERMINATED)
    .when({ code, status: 'suspended', ...since })
    .then(revoked, { type: 'Suspend', data: { occurredOn: '2024-11-20', reason: '市场变化' } });
});

test('an older ledger, which knows a project as it was before its termination, brings no project back', () => {
  const terminated = given(PROPOSED, INVESTMENT, TERMINATED);
  const older: LedgerRow[] = [
    { status: 'active' },
    { status: 'active', statusReason: '恢复' },
    { status: 'active', statusSince: '2024-11-20' },
    { status: 'active', statusSince: '2024-11-09', statusReason: '恢复供应' },
    { status: 'suspended', statusSince: '2024-10-10', statusReason: '原料短缺' },
  ];
  for (const row of older) {
    const planned = terminated.when({ code, ...row, constructionStartedOn: '2024-06-01' });
    planned.thenRefused(['termination-stands', 'status']);
    expect(planned.errors[0]?.text.zh).toContain('2024-11-10');
  }
  expect(terminated.when({ code, status: 'active', statusSince: '2024-11-10', statusReason: '恢复' }).outcome).toBe(
    'change',
  );
});

test('nor does one that still tells a termination end a project again that was brought back since', () => {
  const active = given(PROPOSED, INVESTMENT);
  const row: LedgerRow = { code, status: 'terminated', statusSince: '2024-11-10', statusReason: '投资方退出' };
  const planned = active.when(row, { reopenedOn: '2024-11-20' });
  planned.thenRefused(['termination-revoked', 'status']);
  expect(planned.errors[0]?.text.zh).toContain('2024-11-20');
  const anew = { type: 'Terminate', data: { occurredOn: '2024-11-20', reason: '投资方退出' } };
  active.when({ ...row, statusSince: '2024-11-20' }, { reopenedOn: '2024-11-20' }).then(anew);
  // One that stands is compared as ever, and a full snapshot is never older.
  given(PROPOSED, INVESTMENT, TERMINATED).when(row, { reopenedOn: '2024-11-20' }).then();
  expect(active.when(row, { reopenedOn: '2024-11-20', blankRevokes: [] }).outcome).toBe('change');
});

test('a full snapshot is never older, and its status alone revokes a termination', () => {
  given(PROPOSED, TERMINATED)
    .when({ code, status: 'active' }, { blankRevokes: [] })
    .then({ type: 'RevokeMilestone', data: { milestone: 'terminated', reason: REASON } });
});

test('news of a terminated project are recorded under its termination', () => {
  const row: LedgerRow = { code, status: 'terminated', ...since };
  given(PROPOSED, INVESTMENT, TERMINATED)
    .when({ ...row, constructionStartedOn: '2024-06-01' })
    .then(
      { type: 'RevokeMilestone', data: { milestone: 'terminated', reason: '市场变化' } },
      { type: 'StartConstruction', data: { occurredOn: '2024-06-01' } },
      { type: 'Terminate', data: { occurredOn: '2024-11-20', reason: '市场变化' } },
    );
  given(PROPOSED, INVESTMENT, TERMINATED)
    .when({ code, constructionStartedOn: '2024-06-01' })
    .thenRefused(['status-forbids', 'constructionStartedOn']);
});

test('a termination known with another date is corrected', () => {
  given(PROPOSED, TERMINATED)
    .when({ code, status: 'terminated', statusSince: '2024-11-20' })
    .then({ type: 'CorrectMilestone', data: { milestone: 'terminated', correctedOn: '2024-11-20', reason: REASON } });
});

test('a termination before a revision of the commitment is refused with its cell', () => {
  const row: LedgerRow = { code, status: 'terminated', statusSince: '2024-10-31', statusReason: '市场变化' };
  given(PROPOSED, INVESTMENT, REVISED).when(row).thenRefused(['date-order', 'statusSince']);
  given(PROPOSED, INVESTMENT, REVISED, TERMINATED).when(row).thenRefused(['date-order', 'statusSince']);
});
