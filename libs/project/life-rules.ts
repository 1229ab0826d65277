import { ProjectCommandType } from './commands';
import { Stage, Status } from './events';
import { reason } from './field-checks';
import { MILESTONE_NAMES } from './milestone-order';
import { DecisionContext } from './programme-facts';
import { Reason, Text } from './refusal';
import { ProjectState } from './state';

/** What a decision about a project that exists depends on. */
export interface Subject extends DecisionContext {
  readonly state: ProjectState;
}

interface Permission {
  /** Any when missing. */
  stages?: readonly Stage[];
  statuses?: readonly Status[];
}

const ACTIVE: readonly Status[] = ['active'];
const NOT_TERMINATED: readonly Status[] = ['active', 'suspended'];
const INVESTED: readonly Stage[] = ['investment-signed', 'landed', 'operating'];

/** When each command is allowed: the table "The life of a project". */
const PERMISSIONS: Record<Exclude<ProjectCommandType, 'Propose'>, Permission> = {
  Promote: { stages: ['proposed'], statuses: ACTIVE },
  SignIntent: { stages: ['proposed', 'promoted'], statuses: ACTIVE },
  SignInvestment: { stages: ['proposed', 'promoted', 'intent-signed'], statuses: ACTIVE },
  Land: { stages: ['investment-signed'], statuses: ACTIVE },
  StartConstruction: { stages: INVESTED, statuses: ACTIVE },
  ReceiveFunds: { stages: INVESTED, statuses: ACTIVE },
  Operate: { stages: ['landed'], statuses: ACTIVE },
  ReviseCommitment: { stages: ['intent-signed', ...INVESTED], statuses: NOT_TERMINATED },
  Suspend: { statuses: ACTIVE },
  Resume: { statuses: ['suspended'] },
  Terminate: { statuses: NOT_TERMINATED },
  ChangeInvestor: { statuses: NOT_TERMINATED },
  CorrectMilestone: {},
  RevokeMilestone: {},
  AssignResponsibility: {},
};

const STATUS_NAMES: Record<Status, Text> = {
  active: { zh: '正常', en: 'active' },
  suspended: { zh: '暂停', en: 'suspended' },
  terminated: { zh: '终止', en: 'terminated' },
};

/** Reasons without a field: it is the project's state that forbids the command. */
export function checkPermission(type: Exclude<ProjectCommandType, 'Propose'>, state: ProjectState): Reason[] {
  const { stages, statuses } = PERMISSIONS[type];
  const reasons: Reason[] = [];
  if (stages && !stages.includes(state.stage)) {
    reasons.push(stateReason('stage-forbids', MILESTONE_NAMES[state.stage], names(stages, MILESTONE_NAMES)));
  }
  if (statuses && !statuses.includes(state.status)) {
    reasons.push(stateReason('status-forbids', STATUS_NAMES[state.status], names(statuses, STATUS_NAMES)));
  }
  if (type === 'StartConstruction' && state.milestones.some(({ milestone }) => milestone === 'construction-started')) {
    reasons.push(
      reason('milestone-stands', undefined, '开工建设已有记录', 'the start of construction is recorded already'),
    );
  }
  return reasons;
}

function stateReason(code: string, actual: Text, allowed: Text): Reason {
  return reason(
    code,
    undefined,
    `项目处于“${actual.zh}”,仅在${allowed.zh}时允许`,
    `the project is ${actual.en}; this is allowed only when it is ${allowed.en}`,
  );
}

function names<Key extends string>(keys: readonly Key[], texts: Record<Key, Text>): Text {
  return {
    zh: keys.map((key) => `“${texts[key].zh}”`).join('、'),
    en: keys.map((key) => texts[key].en).join(' or '),
  };
}
