import { projectDecider } from '../../libs/project/decider';
import { ProjectEvent } from '../../libs/project/events';
import { ProjectState } from '../../libs/project/state';
import { PlanContext } from '../../libs/ledger/import-planning';
import { planRow, RowPlan } from '../../libs/ledger/import-plan';
import { LedgerRow } from '../../libs/ledger/ledger-row';
import { CONTEXT } from './project-samples';

/** Where the planned row stands. */
export const REFERENCE = '台账.xlsx#签约!17';
export const REASON = expect.stringContaining(REFERENCE) as string;

/** Of a project that nobody knows. */
export const NEW: LedgerRow = {
  code: 'KLMY-002',
  title: '风电装备项目',
  investor: '示例风电有限公司',
  origin: '310000',
  prefecture: '650200',
};

export function fold(events: readonly ProjectEvent[]): ProjectState | undefined {
  return events.reduce<ProjectState | undefined>(projectDecider.evolve, undefined);
}

/** What planning a ledger row leads to on a project with this history. */
export function given(...history: ProjectEvent[]) {
  const state = fold(history);
  const plan = (row: LedgerRow, more: Partial<PlanContext> = {}): RowPlan =>
    planRow(row, state, { decision: CONTEXT, reference: REFERENCE, ...more });
  return {
    when: (row: LedgerRow, more: Partial<PlanContext> = {}) => {
      const planned = plan(row, more);
      return {
        ...planned,
        then: (...commands: object[]) => {
          expect(planned.errors).toEqual([]);
          expect(planned.commands).toEqual(commands);
        },
        thenRefused: (...errors: [code: string, field: string | undefined][]) => {
          expect(planned).toMatchObject({ outcome: 'refuse', commands: [] });
          expect(planned.errors.map(({ code, field }) => [code, field])).toEqual(errors);
        },
        thenNoted: (...notes: [code: string, field: string | undefined][]) => {
          expect(planned.errors).toEqual([]);
          expect(planned.notes.map(({ code, field }) => [code, field])).toEqual(notes);
        },
      };
    },
  };
}
