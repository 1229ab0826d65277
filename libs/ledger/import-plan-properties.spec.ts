import fc from 'fast-check';
import { CONTEXT, yuan } from '../../test/support/project-samples';
import { ProjectCommand } from '../project/commands';
import { projectDecider } from '../project/decider';
import { Refusal } from '../project/refusal';
import { ProjectState } from '../project/state';
import { PlanContext } from './import-planning';
import { planRow } from './import-plan';
import { LedgerRow } from './ledger-row';
import { ledgerRowOf } from './ledger-row-of';

const REFERENCE = '台账.xlsx#签约!17';

const NEW: LedgerRow = {
  code: 'KLMY-002',
  title: '风电装备项目',
  investor: '示例风电有限公司',
  origin: '310000',
  prefecture: '650200',
};

/** A row whose dates are mostly in order, with gaps. */
const arbitraryRow: fc.Arbitrary<LedgerRow> = fc
  .record({
    days: fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 8, maxLength: 8 }),
    isSorted: fc.integer({ min: 0, max: 4 }).map((chance) => chance > 0),
    known: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    amounts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
    status: fc.constantFrom(undefined, 'active' as const, 'suspended' as const, 'terminated' as const),
  })
  .map(({ days, isSorted, known, amounts, status }) => {
    const offsets = isSorted ? days.toSorted((a, b) => a - b) : days;
    const dates = offsets.map((offset) => new Date(Date.UTC(2024, 0, 1 + offset)).toISOString().slice(0, 10));
    const on = (index: number) => (known[index] ? dates[index] : undefined);
    const amount = (index: number, isKnown: unknown) => (isKnown ? yuan(`${amounts[index]}.00`) : undefined);
    return {
      ...NEW,
      legalEntity: '甲',
      proposedOn: dates[0],
      intentSignedOn: on(1),
      intentAmount: amount(0, on(1)),
      investmentSignedOn: on(2),
      investmentAmount: amount(1, on(2)),
      landedOn: on(3),
      constructionStartedOn: on(4),
      fundsReceived: amount(2, on(5)),
      fundsReceivedOn: on(5),
      operatingOn: on(6),
      status,
      statusSince: dates[7],
      statusReason: '市场变化',
    };
  });

/** Of a ledger, and of a full snapshot. */
const CONTEXTS: PlanContext[] = [undefined, ['landed', 'operating'] as const].map((blankRevokes) => {
  return { decision: CONTEXT, reference: REFERENCE, blankRevokes };
});

function carryOut(state: ProjectState | undefined, command: ProjectCommand): ProjectState | undefined {
  return projectDecider.decide(command, state, CONTEXT).reduce<ProjectState | undefined>(projectDecider.evolve, state);
}

/** What was recorded otherwise in between, where that is allowed. */
function revise(state: ProjectState | undefined, value: number): ProjectState | undefined {
  const data = { occurredOn: CONTEXT.today, amount: yuan(`${value}.00`), reason: '增资' };
  try {
    return carryOut(state, { type: 'ReviseCommitment', data });
  } catch (error) {
    if (error instanceof Refusal) return state;
    throw error;
  }
}

test('whatever rows say one after the other, a row said twice changes nothing the second time', () => {
  const commandsByType = new Map<string, number>();
  let revised = 0;
  const step = fc.record({
    row: arbitraryRow,
    revision: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), fc.constantFrom(...CONTEXTS), (steps, context) => {
      let state: ProjectState | undefined;
      for (const { row, revision } of steps) {
        const plan = planRow(row, state, context);
        for (const command of plan.commands) {
          commandsByType.set(command.type, (commandsByType.get(command.type) ?? 0) + 1);
          state = carryOut(state, command);
        }
        if (plan.outcome !== 'refuse') expect(planRow(row, state, context)).toMatchObject({ outcome: 'unchanged' });
        if (revision !== undefined) state = revise(state, revision);
        revised += state?.revisedCommitment ? 1 : 0;
        // What an export says of the project is no news either, in a full snapshot or not.
        const exported = state && ledgerRowOf(state, 'any');
        if (exported) expect(planRow(exported, state, context)).toMatchObject({ outcome: 'unchanged', notes: [] });
      }
    }),
    { numRuns: 6_000 },
  );
  // The property is worth something only if rows lead to every kind of command.
  const kinds = ['Propose', 'SignIntent', 'SignInvestment', 'Land', 'StartConstruction', 'ReceiveFunds', 'Operate'];
  kinds.push('Suspend', 'Resume', 'Terminate', 'CorrectMilestone', 'RevokeMilestone');
  expect(Math.min(...kinds.map((kind) => commandsByType.get(kind) ?? 0))).toBeGreaterThan(10);
  expect(revised).toBeGreaterThan(100);
});

test('dates that are in order before and after are corrected without a step that is refused', () => {
  const fields = [
    'proposedOn',
    'intentSignedOn',
    'investmentSignedOn',
    'landedOn',
    'operatingOn',
    'statusSince',
  ] as const;
  const sortedRow = fc
    .array(fc.integer({ min: 0, max: 20 }), { minLength: fields.length, maxLength: fields.length })
    .map((days): LedgerRow => {
      const dates = days.toSorted((a, b) => a - b).map((day) => `2024-06-${String(day + 1).padStart(2, '0')}`);
      const dated = Object.fromEntries(fields.map((field, index) => [field, dates[index]]));
      const amounts = { intentAmount: yuan('1.00'), investmentAmount: yuan('1.00') };
      return { ...NEW, ...amounts, legalEntity: '甲', status: 'terminated', statusReason: '市场变化', ...dated };
    });
  const context: PlanContext = { decision: CONTEXT, reference: REFERENCE };
  fc.assert(
    fc.property(sortedRow, sortedRow, (before, after) => {
      let state: ProjectState | undefined;
      for (const row of [before, after]) {
        const { commands, errors } = planRow(row, state, context);
        expect(errors).toEqual([]);
        for (const command of commands) state = carryOut(state, command);
      }
      expect(state && ledgerRowOf(state, '')).toMatchObject(after);
    }),
    { numRuns: 500 },
  );
});
