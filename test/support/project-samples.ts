import { ProjectCommand } from '../../libs/project/commands';
import { ProjectEvent } from '../../libs/project/events';
import { Money } from '../../libs/project/money';
import { DecisionContext, ProgrammeFacts } from '../../libs/project/programme-facts';

export const TODAY = '2024-12-31';

/** A programme of one region, one partner and one cluster that came in 2023. */
export const PROGRAMME: ProgrammeFacts = {
  id: 'north-south',
  timeZone: 'Asia/Shanghai',
  currency: 'CNY',
  amounts: 'required',
  isRegion: (code) => code === '650200',
  isPartner: (code) => code === '310000',
  isCluster: (id, on) => id === 'coal' && on >= '2023-01-01',
  isPaired: () => true,
};

export const CONTEXT: DecisionContext = { programme: PROGRAMME, today: TODAY };

export function yuan(value: string, bound: Money['bound'] = 'exact'): Money {
  return { value, currency: 'CNY', bound };
}

const evidence = [{ kind: '营业执照', reference: '91650200MA00000000' }];

/** One event of every milestone, in the order in which a project usually passes them. */
export const PROPOSED: ProjectEvent = {
  type: 'ProjectProposed',
  data: {
    programme: 'north-south',
    code: 'KLMY-001',
    title: '年产十万吨聚丙烯项目',
    investor: '示例化工有限公司',
    origin: '310000',
    prefecture: '650200',
    cluster: 'coal',
    occurredOn: '2024-01-10',
  },
};
export const PROMOTED: ProjectEvent = {
  type: 'ProjectPromoted',
  data: { occurredOn: '2024-02-10', conference: 'karamay-2024' },
};
export const INTENT: ProjectEvent = {
  type: 'IntentSigned',
  data: { occurredOn: '2024-03-10', agreement: 'framework', amount: yuan('100000000.00', 'at-least') },
};
export const INVESTMENT: ProjectEvent = {
  type: 'InvestmentSigned',
  data: {
    occurredOn: '2024-04-10',
    amount: yuan('120000000.00'),
    conference: 'karamay-2024',
    plannedStart: '2024-06-01',
    plannedCompletion: '2025-06-01',
  },
};
export const LANDED: ProjectEvent = {
  type: 'ProjectLanded',
  data: { occurredOn: '2024-05-10', legalEntity: '示例(克拉玛依)化工有限公司', evidence },
};
export const CONSTRUCTION: ProjectEvent = { type: 'ConstructionStarted', data: { occurredOn: '2024-06-10' } };
export const FUNDS: ProjectEvent = {
  type: 'FundsReceived',
  data: { occurredOn: '2024-06-20', amount: yuan('30000000.00') },
};
export const OPERATING: ProjectEvent = { type: 'ProjectOperating', data: { occurredOn: '2024-09-10', evidence } };
export const SUSPENDED: ProjectEvent = {
  type: 'ProjectSuspended',
  data: { occurredOn: '2024-10-10', reason: '原料短缺' },
};
export const INVESTOR_CHANGED: ProjectEvent = {
  type: 'InvestorChanged',
  data: { occurredOn: '2024-04-20', investor: '接手化工有限公司', reason: '股权转让' },
};
export const REVISED: ProjectEvent = {
  type: 'CommitmentRevised',
  data: { occurredOn: '2024-11-01', amount: yuan('150000000.00'), reason: '增资' },
};
export const TERMINATED: ProjectEvent = {
  type: 'ProjectTerminated',
  data: { occurredOn: '2024-11-10', reason: '投资方退出' },
};

/** A well-formed command of every kind, dated today (construction before it could operate). */
export const COMMANDS: { [Type in ProjectCommand['type']]: Extract<ProjectCommand, { type: Type }> } = {
  Propose: {
    type: 'Propose',
    data: {
      occurredOn: TODAY,
      title: '年产十万吨聚丙烯项目',
      investor: '示例化工有限公司',
      origin: '310000',
      prefecture: '650200',
    },
  },
  Promote: { type: 'Promote', data: { occurredOn: TODAY, conference: 'karamay-2024' } },
  SignIntent: { type: 'SignIntent', data: { occurredOn: TODAY, agreement: 'intent', amount: yuan('1') } },
  SignInvestment: { type: 'SignInvestment', data: { occurredOn: TODAY, amount: yuan('1') } },
  Land: { type: 'Land', data: { occurredOn: TODAY, legalEntity: '示例化工有限公司', evidence } },
  StartConstruction: { type: 'StartConstruction', data: { occurredOn: '2024-07-01' } },
  ReceiveFunds: { type: 'ReceiveFunds', data: { occurredOn: TODAY, amount: yuan('1') } },
  Operate: { type: 'Operate', data: { occurredOn: TODAY, evidence } },
  ReviseCommitment: { type: 'ReviseCommitment', data: { occurredOn: TODAY, amount: yuan('2'), reason: '增资' } },
  Suspend: { type: 'Suspend', data: { occurredOn: TODAY, reason: '原料短缺' } },
  Resume: { type: 'Resume', data: { occurredOn: TODAY, reason: '恢复供应' } },
  Terminate: { type: 'Terminate', data: { occurredOn: TODAY, reason: '投资方退出' } },
  CorrectMilestone: {
    type: 'CorrectMilestone',
    data: { milestone: 'proposed', correctedOn: '2024-01-09', reason: '日期有误' },
  },
  RevokeMilestone: { type: 'RevokeMilestone', data: { milestone: 'landed', reason: '未注册' } },
  ChangeInvestor: {
    type: 'ChangeInvestor',
    data: { occurredOn: TODAY, investor: '又一接手化工有限公司', reason: '股权转让' },
  },
  AssignResponsibility: { type: 'AssignResponsibility', data: { unit: '市发改委', person: '张三' } },
};
