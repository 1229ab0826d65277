import { Milestone } from '../project/events';
import { firstSigning, signatory } from '../project/figures';
import { ProgrammeFacts } from '../project/programme-facts';
import { ProjectState } from '../project/state';
import { countProject } from './counted-project';
import { SORT_INDEXES } from './project-order';
import { Changes, lastStep, ProjectChange, ReadModel } from './read-model';
import { column, internal, optional, Table } from './shape';

const AMOUNT = 'numeric(20,2)';

/** The board: one row per project, as it stands. Queries: `projects.query.ts`. */
export const PROJECTS: Table = {
  name: 'projects',
  comment: '项目看板，一行一个项目 · The board: one row per project, as it stands',
  columns: {
    id: column('uuid', '项目标识', 'Id of the project'),
    code: optional('text', '项目编号', 'Code in the ledgers'),
    title: column('text', '项目名称', 'Title'),
    investor: column('text', '投资企业（现）', 'Investing firm, as it is now'),
    origin: column('text', '来源方代码', 'Partner the investor comes from (code)'),
    prefecture: column('text', '落户地州代码', 'Region in which it is built (code)'),
    cluster: optional('text', '产业集群', 'Industrial cluster (id)'),
    industry: optional('text', '行业', 'Industry'),
    responsible_unit: optional('text', '责任单位', 'Responsible unit'),
    responsible_person: optional('text', '责任人', 'Responsible person'),
    conference: optional('text', '谋划时所属推介会', 'Conference named in the proposal'),
    credited_conference: optional(
      'text',
      '计入的推介会：首次有效签约所在；未签约则为推介或谋划所在',
      'Conference it counts for: of the first standing signing, before that of promotion or proposal',
    ),
    stage: column('text', '阶段', 'Stage: proposed, promoted, intent-signed, investment-signed, landed, operating'),
    stage_since: column('date', '进入该阶段的日期', 'Day on which it came to this stage'),
    status: column('text', '状态', 'Status: active, suspended, terminated'),
    status_since: optional('date', '状态变更日期', 'Day of the last change of status'),
    status_reason: optional('text', '状态变更原因', 'Reason of the last change of status'),
    paired: column('boolean', '是否对口结对', 'Inside its pairing on the day of signing, before that of proposal'),
    estimated_value: optional(AMOUNT, '估算投资额', 'Estimated investment (in currency)'),
    estimated_bound: optional('text', '估算投资额是否为下限', 'exact or at-least'),
    agreement: optional('text', '当前协议类别', 'Agreement it counts as now: intent, framework, investment'),
    committed_value: optional(AMOUNT, '当前协议投资额', 'Commitment now (in currency)'),
    committed_bound: optional('text', '当前协议投资额是否为下限', 'exact or at-least'),
    currency: column('text', '币种', 'Currency (ISO 4217)'),
    first_signed_on: optional('date', '首次有效签约日期', 'Day of the first standing signing'),
    signing_conference: optional('text', '首次有效签约所在推介会', 'Conference of the first standing signing'),
    signed_agreement: optional('text', '首次签约的协议类别', 'Agreement of the first standing signing'),
    signed_value: optional(AMOUNT, '首次签约金额', 'Amount of the first standing signing (in currency)'),
    signed_bound: optional('text', '首次签约金额是否为下限', 'exact or at-least'),
    funds_received: column(AMOUNT, '到位资金', 'Funds received so far (in currency)'),
    proposed_on: column('date', '谋划日期', 'Proposed on'),
    promoted_on: optional('date', '推介日期', 'Promoted on'),
    intent_signed_on: optional('date', '签意向日期', 'Intent or framework signed on'),
    investment_signed_on: optional('date', '签投资协议日期', 'Investment agreement signed on'),
    landed_on: optional('date', '落地日期', 'Landed on'),
    construction_started_on: optional('date', '开工日期', 'Construction started on'),
    operating_on: optional('date', '投产日期', 'Operating since'),
    terminated_on: optional('date', '终止日期', 'Terminated on'),
    planned_start: optional('date', '计划开工日期', 'Planned start'),
    planned_completion: optional('date', '计划竣工日期', 'Planned completion'),
    legal_entity: optional('text', '落地法人', 'Legal entity founded for it'),
    last_event: column('text', '最近事件', 'Last event (wire name)'),
    last_activity_at: column('timestamptz', '最近记录时间', 'When the last event was recorded'),
    revision: column('integer', '版本号', 'Revision of the last event'),
    // Added later, so at the end: a view that others have built on can only gain columns there.
    signed_investor: optional('text', '首次签约企业', 'Investing firm on the day of the first standing signing'),
    funds_bound: column('text', '到位资金是否为下限', 'exact or at-least'),
    position: internal('text', 'Position of the last event in the store.'),
    state: internal('json', 'What the next event is folded into: written often, searched never.'),
  },
  primaryKey: ['id'],
  indexes: [
    ...SORT_INDEXES,
    '(stage, status)',
    '(prefecture)',
    '(origin)',
    '(credited_conference)',
    '(signing_conference)',
    '(first_signed_on)',
  ],
};

/** A row of {@link PROJECTS}. */
export function projectRow(change: ProjectChange, programme: ProgrammeFacts) {
  const { event, recordedAt, revision, position, state } = lastStep(change);
  return {
    id: change.id,
    ...described(state),
    ...standing(state),
    ...counted(state, programme),
    last_event: event.type,
    last_activity_at: recordedAt,
    revision,
    position,
    state,
  };
}

function described({ proposal, investor, responsibility, plannedStart, plannedCompletion, legalEntity }: ProjectState) {
  return {
    code: proposal.code,
    title: proposal.title,
    investor,
    origin: proposal.origin,
    prefecture: proposal.prefecture,
    cluster: proposal.cluster,
    industry: proposal.industry,
    conference: proposal.conference,
    estimated_value: proposal.estimatedInvestment?.value,
    estimated_bound: proposal.estimatedInvestment?.bound,
    responsible_unit: responsibility.unit,
    responsible_person: responsibility.person,
    planned_start: plannedStart,
    planned_completion: plannedCompletion,
    legal_entity: legalEntity,
  };
}

function standing(state: ProjectState) {
  const days = new Map<Milestone, string>();
  for (const { milestone, occurredOn } of state.milestones) days.set(milestone, occurredOn);
  return {
    stage: state.stage,
    stage_since: days.get(state.stage),
    status: state.status,
    status_since: state.statusSince,
    status_reason: state.statusReason,
    proposed_on: days.get('proposed'),
    promoted_on: days.get('promoted'),
    intent_signed_on: days.get('intent-signed'),
    investment_signed_on: days.get('investment-signed'),
    landed_on: days.get('landed'),
    construction_started_on: days.get('construction-started'),
    operating_on: days.get('operating'),
    terminated_on: days.get('terminated'),
  };
}

function counted(state: ProjectState, programme: ProgrammeFacts) {
  const project = countProject(state, programme);
  const signing = firstSigning(state);
  return {
    credited_conference: project.conference,
    paired: project.paired,
    agreement: project.agreement,
    committed_value: project.committed?.value,
    committed_bound: project.committed?.bound,
    currency: programme.currency,
    first_signed_on: signing?.occurredOn,
    signing_conference: signing?.conference,
    signed_agreement: signing?.agreement,
    signed_investor: signatory(state),
    signed_value: signing?.amount?.value,
    signed_bound: signing?.amount?.bound,
    funds_received: project.fundsReceived.value,
    funds_bound: project.fundsReceived.bound,
  };
}

export const projects: ReadModel = {
  name: 'projects',
  version: 4,
  tables: [PROJECTS],
  project: (changes: Changes, _schema, programme) => [
    { kind: 'replace', table: PROJECTS, rows: changes.projects.map((change) => projectRow(change, programme)) },
  ],
};
