import { CivilDate } from '../project/civil-date';
import { Agreement, Milestone } from '../project/events';
import { isSigning, lastSigning } from '../project/figures';
import { Money } from '../project/money';
import { ProgrammeFacts } from '../project/programme-facts';
import { ProjectState, StandingMilestone } from '../project/state';
import { ProjectChange, ReadModel, Write } from './read-model';
import { column, internal, optional, recordset, Table } from './shape';

/** Beside the milestones proper, what else changes a figure: kept here so that any figure of the past can be had from this table. */
export type RecordedMilestone = Milestone | 'commitment-revised' | 'suspended' | 'resumed' | 'investor-changed';

/** One row as it was recorded once: a correction adds a row and supersedes the old, a revocation only marks. Query: `milestones.query.ts`. */
export const MILESTONES_TABLE: Table = {
  name: 'milestones',
  comment:
    '里程碑台账，双时态：何时发生、何时记录、何时被更正或撤销 · ' +
    'Every milestone with when it happened, when it was recorded, and when it was corrected or revoked',
  columns: {
    project: column('uuid', '项目标识', 'Id of the project'),
    revision: column('integer', '记录该行的事件版本号', 'Revision of the event that recorded this row'),
    milestone_revision: column(
      'integer',
      '首次记录该里程碑的事件版本号；投资额调整则为所属签约的版本号',
      'Revision that recorded the milestone first; of a revised commitment, that of its signing',
    ),
    milestone: column(
      'text',
      '里程碑',
      'proposed, promoted, intent-signed, investment-signed, landed, operating, construction-started, funds-received, ' +
        'terminated, commitment-revised, suspended, resumed, investor-changed',
    ),
    occurred_on: column('date', '发生日期', 'Day on which it happened'),
    recorded_at: column('timestamptz', '记录时间', 'When it was recorded'),
    recorded_by: column('text', '记录人', 'Who recorded it (subject)'),
    amount: optional('numeric(20,2)', '金额', 'Amount (in currency)'),
    bound: optional('text', '金额是否为下限', 'exact or at-least'),
    currency: optional('text', '币种', 'Currency (ISO 4217)'),
    agreement: optional('text', '协议类别', 'Agreement signed: intent, framework, investment'),
    conference: optional('text', '所在推介会', 'Conference at which it happened'),
    superseded_at: optional('timestamptz', '被更正的时间', 'When a correction replaced this row; null while it stands'),
    revoked_at: optional('timestamptz', '被撤销的时间', 'When it was revoked; null while it stands'),
    // Added later, so the last to be seen: a view that others have built on can only gain columns there.
    investor: optional(
      'text',
      '投资企业（谋划、更换投资方）',
      'Investing firm from then on: of proposals and changes of investor',
    ),
    paired: { ...internal('boolean', 'Inside its pairing on that day; for proposals and signings.'), nullable: true },
  },
  primaryKey: ['project', 'revision'],
  indexes: [],
};

interface StoredRow {
  project: string;
  revision: number;
  milestone_revision: number;
  milestone: RecordedMilestone;
  occurred_on: CivilDate;
  recorded_at: string;
  recorded_by: string;
  amount?: string;
  bound?: Money['bound'];
  currency?: string;
  agreement?: Agreement;
  conference?: string;
  superseded_at?: string;
  revoked_at?: string;
  investor?: string;
  paired?: boolean;
}

/** Which standing row ends, and how. */
interface Ending {
  project: string;
  milestone_revision: number;
  milestone: RecordedMilestone;
  superseded_at?: string;
  revoked_at?: string;
}

type Step = ProjectChange['steps'][number];

/** What the events of one project add, and which rows of earlier batches they end. */
export function milestoneRows(change: ProjectChange, programme: ProgrammeFacts) {
  const rows: StoredRow[] = [];
  const endings = new Map<string, Ending>();
  for (const step of change.steps) {
    for (const ending of endingsOf(step, change.id)) {
      for (const row of rows) if (ends(ending, row)) end(row, ending);
      // Only the first can mean a row of an earlier batch: what it ended has a successor in this one, or none.
      const key = `${ending.milestone_revision} ${ending.milestone}`;
      if (change.before && !endings.has(key)) endings.set(key, ending);
    }
    const recorded = recordedBy(step);
    if (recorded) rows.push({ ...storedRow(recorded, step, programme), project: change.id });
  }
  return { rows, endings: [...endings.values()] };
}

function ends(ending: Ending, row: StoredRow): boolean {
  const stands = row.superseded_at === undefined && row.revoked_at === undefined;
  return stands && row.milestone === ending.milestone && row.milestone_revision === ending.milestone_revision;
}

function end(row: StoredRow, { superseded_at, revoked_at }: Ending): void {
  row.superseded_at = superseded_at;
  row.revoked_at = revoked_at;
}

/** A signing that is revoked takes its revised commitments along. */
function endingsOf({ event, recordedAt }: Step, project: string): Ending[] {
  if (event.type !== 'MilestoneCorrected' && event.type !== 'MilestoneRevoked') return [];
  const { milestone, milestoneRevision: milestone_revision } = event.data;
  if (event.type === 'MilestoneCorrected') {
    return [{ project, milestone_revision, milestone, superseded_at: recordedAt }];
  }
  const ended: RecordedMilestone[] = isSigning({ milestone }) ? [milestone, 'commitment-revised'] : [milestone];
  return ended.map((each) => ({ project, milestone_revision, milestone: each, revoked_at: recordedAt }));
}

type Recorded = Omit<StandingMilestone, 'milestone' | 'revisions'> & {
  milestone: RecordedMilestone;
  investor?: string;
};

/** What an event puts on record, after the fold: so a correction has also what it did not change. */
function recordedBy({ event, revision, state }: Step): Recorded | undefined {
  switch (event.type) {
    case 'ProjectSuspended':
      return { milestone: 'suspended', revision, occurredOn: event.data.occurredOn };
    case 'ProjectResumed':
      return { milestone: 'resumed', revision, occurredOn: event.data.occurredOn };
    case 'InvestorChanged': {
      const { occurredOn, investor } = event.data;
      return { milestone: 'investor-changed', revision, occurredOn, investor };
    }
    case 'CommitmentRevised': {
      const signing = lastSigning(state)?.revision ?? revision;
      const { occurredOn, amount } = event.data;
      return { milestone: 'commitment-revised', revision: signing, occurredOn, amount };
    }
    case 'MilestoneCorrected':
      return milestoneAt(state, event.data.milestoneRevision);
    default:
      return milestoneAt(state, revision);
  }
}

/** Undefined for events that record no milestone, such as a revocation. */
function milestoneAt(state: ProjectState, revision: number): Recorded | undefined {
  const standing = state.milestones.findLast((milestone) => milestone.revision === revision);
  return standing?.milestone === 'proposed' ? { ...standing, investor: state.proposal.investor } : standing;
}

function storedRow(recorded: Recorded, step: Step, programme: ProgrammeFacts): Omit<StoredRow, 'project'> {
  const { origin, prefecture } = step.state.proposal;
  const counts = recorded.agreement !== undefined || recorded.milestone === 'proposed';
  return {
    revision: step.revision,
    milestone_revision: recorded.revision,
    milestone: recorded.milestone,
    occurred_on: recorded.occurredOn,
    recorded_at: step.recordedAt,
    recorded_by: step.recordedBy,
    amount: recorded.amount?.value,
    bound: recorded.amount?.bound,
    currency: recorded.amount?.currency,
    agreement: recorded.agreement,
    conference: recorded.conference,
    investor: recorded.investor,
    paired: counts ? programme.isPaired(origin, prefecture, recorded.occurredOn) : undefined,
  };
}

const ENDING_COLUMNS = {
  project: { type: 'uuid' },
  milestone_revision: { type: 'integer' },
  milestone: { type: 'text' },
  superseded_at: { type: 'timestamptz' },
  revoked_at: { type: 'timestamptz' },
};

export const milestones: ReadModel = {
  name: 'milestones',
  version: 2,
  tables: [MILESTONES_TABLE],
  project: (changes, schema, programme): Write[] => {
    const perProject = changes.projects.map((change) => milestoneRows(change, programme));
    return [
      // First, so that only rows of earlier batches are met: those of this batch carry their end already.
      { kind: 'apply', sql: endRows(schema), rows: perProject.flatMap(({ endings }) => endings) },
      { kind: 'add', table: MILESTONES_TABLE, rows: perProject.flatMap(({ rows }) => rows) },
    ];
  },
};

function endRows(schema: string): string {
  return `UPDATE ${schema}.milestones AS standing SET superseded_at = row.superseded_at, revoked_at = row.revoked_at
    FROM ${recordset(ENDING_COLUMNS)}
    WHERE standing.project = row.project AND standing.milestone_revision = row.milestone_revision
      AND standing.milestone = row.milestone AND standing.superseded_at IS NULL AND standing.revoked_at IS NULL`;
}
