import fc from 'fast-check';
import { ProjectCommand, ProjectCommandData } from '../../libs/project/commands';
import { Money } from '../../libs/project/money';
import { ProjectState } from '../../libs/project/state';

/** One thing somebody tries with one of a few projects; {@link commandOf} makes it a command for the project as it then is. */
export interface Attempt {
  project: number;
  type: ProjectCommand['type'];
  /** Days after the latest date the project knows. */
  days: number;
  amount: Money;
  agreement: 'intent' | 'framework';
  conference: string | undefined;
  /** Picks the milestone of a correction or revocation. */
  pick: number;
  withDate: boolean;
  withAmount: boolean;
}

const FORWARD = ['Promote', 'SignIntent', 'SignInvestment', 'Land', 'StartConstruction', 'ReceiveFunds'] as const;
const ASIDE = ['Operate', 'ReviseCommitment', 'Suspend', 'Resume', 'Terminate'] as const;
const OTHERWISE = ['ChangeInvestor', 'AssignResponsibility'] as const;
const BACK = ['CorrectMilestone', 'CorrectMilestone', 'RevokeMilestone', 'RevokeMilestone'] as const;

export function attempts(projects: number, maxLength: number): fc.Arbitrary<Attempt[]> {
  const attempt = fc.record({
    project: fc.nat(projects - 1),
    type: fc.constantFrom(...FORWARD, ...FORWARD, ...ASIDE, ...OTHERWISE, ...BACK),
    days: fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: fc.integer({ min: -100, max: 200 }) }),
    amount: fc.record({
      value: fc.constantFrom('1', '0.01', '51800000000.00', '12.5'),
      currency: fc.constant('CNY'),
      bound: fc.constantFrom('exact', 'at-least'),
    }),
    agreement: fc.constantFrom('intent', 'framework'),
    conference: fc.constantFrom('karamay-2024', 'kashgar-2024', undefined),
    pick: fc.nat(),
    withDate: fc.boolean(),
    withAmount: fc.boolean(),
  });
  return fc.array(attempt, { minLength: maxLength >> 1, maxLength, size: 'max' });
}

const ORIGINS = ['310000', '110000', '140000', '440300'];
const PREFECTURES = ['650200', '652300', '653100'];

/** The proposal of the n-th project. Some name a conference, some a cluster; some lie inside their pairing. */
export function proposalOf(project: number): ProjectCommandData['Propose'] {
  return {
    occurredOn: `2024-01-${String((project % 20) + 1).padStart(2, '0')}`,
    title: `Project ${project}`,
    investor: `Investor ${project % 3}`,
    origin: ORIGINS[project % ORIGINS.length]!,
    prefecture: PREFECTURES[project % PREFECTURES.length]!,
    ...(project % 2 === 0 && { cluster: 'coal', conference: 'karamay-2024' }),
    ...(project % 3 === 0 && { estimatedInvestment: { value: '10', currency: 'CNY', bound: 'exact' as const } }),
  };
}

export function commandOf(drawn: Attempt, state: ProjectState | undefined): ProjectCommand {
  if (!state) return { type: 'Propose', data: proposalOf(drawn.project) };
  const { type, amount, agreement, conference, withDate } = drawn;
  const occurredOn = addDays(latestDate(state), drawn.days);
  const standing = state.milestones[drawn.pick % state.milestones.length]!;
  const target = { milestone: standing.milestone, revision: standing.revision };
  const change = {
    correctedOn: withDate ? addDays(standing.occurredOn, drawn.days) : undefined,
    correctedAmount: drawn.withAmount ? amount : undefined,
  };
  const all: { [Type in ProjectCommand['type']]: ProjectCommandData[Type] } = {
    Propose: proposalOf(drawn.project),
    Promote: { occurredOn, conference: conference ?? 'hotan-2024' },
    SignIntent: { occurredOn, agreement, amount, conference },
    SignInvestment: { occurredOn, amount, conference, plannedStart: occurredOn },
    Land: { occurredOn, legalEntity: '丙', evidence },
    StartConstruction: { occurredOn },
    ReceiveFunds: { occurredOn, amount },
    Operate: { occurredOn, evidence },
    ReviseCommitment: { occurredOn, amount, reason },
    Suspend: { occurredOn, reason },
    Resume: { occurredOn, reason },
    Terminate: { occurredOn, reason },
    CorrectMilestone: { ...target, ...change, reason },
    RevokeMilestone: { ...target, reason },
    ChangeInvestor: { occurredOn, investor: `Investor ${drawn.pick}`, reason },
    AssignResponsibility: { unit: '丁' },
  };
  return { type, data: all[type] } as ProjectCommand;
}

const evidence = [{ kind: '照片', reference: '1' }];
const reason = '因故';

function latestDate(state: ProjectState): string {
  return [...state.milestones, ...state.statusChanges]
    .map(({ occurredOn }) => occurredOn)
    .sort()
    .at(-1)!;
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}
