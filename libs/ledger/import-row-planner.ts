import { RecordedEvent } from '../event-store/event-store';
import { KnownConferences } from '../event-store/known-conferences';
import { projectId } from '../programme/project-id';
import { CivilDate, civilDateAt } from '../project/civil-date';
import { ProjectEventType } from '../project/events';
import { ProjectState } from '../project/state';
import { ImportOptions } from './import-options';
import { isUnreadable, PROJECT_UNKNOWN, tooLate, unreadable } from './import-failures';
import { planRow, RowPlan } from './import-plan';
import { PlanContext } from './import-planning';
import { placeOf } from './import-report';
import { streamOf } from './import-streams';
import { CellError, PlacedRow } from './ledger-row';

/** A row and the project it names. */
export interface NamedRow {
  row: PlacedRow;
  project: string;
}

export interface Planned extends NamedRow {
  plan: RowPlan;
  /** Of the stream, when it was planned. */
  revision: number;
}

export interface PlannerOptions extends Pick<ImportOptions, 'store' | 'programme' | 'name' | 'prefectures'> {
  mapping?: ImportOptions['mapping'];
  backfill?: ImportOptions['backfill'];
  correlationId: string;
  clock: () => Date;
  fold: (history: readonly RecordedEvent[]) => ProjectState | undefined;
}

/** Plans rows on the streams as they are now. */
export class RowPlanner {
  private readonly conferences: KnownConferences;

  constructor(private readonly options: PlannerOptions) {
    this.conferences = new KnownConferences(options.store);
  }

  /** In the order of the rows; streams and conferences are read set-wise. */
  async plan(items: readonly NamedRow[]): Promise<Planned[]> {
    const { programme, store, name, prefectures, mapping, backfill, clock } = this.options;
    const [histories, unknownConferences] = await Promise.all([
      store.readStreams(items.map(({ project }) => streamOf(project))),
      this.conferences.unknownOf(items.map(({ row }) => row.fields.conference)),
    ]);
    const today = civilDateAt(backfill ? new Date(backfill.recordedAt) : clock(), programme.timeZone);
    const context = {
      decision: { programme, today },
      prefectures,
      unknownConferences,
      blankRevokes: mapping?.snapshot?.blankRevokes,
    };
    return items.map(({ row, project }) => {
      const history = histories.get(streamOf(project)) ?? [];
      const revision = history.at(-1)?.revision ?? -1;
      const plan = this.planOn(history, row, { ...context, reference: `${name}#${placeOf(row)}` });
      return { row, project, revision, plan };
    });
  }

  private planOn(history: readonly RecordedEvent[], row: PlacedRow, context: PlanContext): RowPlan {
    try {
      return this.compare(history, row, context);
    } catch (error) {
      if (history.length > 0 && isUnreadable(error)) return refusal(unreadable(error));
      throw error;
    }
  }

  private compare(history: readonly RecordedEvent[], row: PlacedRow, context: PlanContext): RowPlan {
    const state = this.options.fold(history);
    if (!state && !this.canCreate(row)) return refusal(PROJECT_UNKNOWN);
    const plan = planRow(row.fields, state, { ...context, reopenedOn: reopenedOn(history) });
    return this.inTime(plan, history) ?? this.afterInterruption(plan, history);
  }

  /** An id that is not derived from the code says that the project must be there. */
  private canCreate({ fields: { id, code } }: PlacedRow): boolean {
    return !id || (code !== undefined && projectId(this.options.programme.id, code) === id);
  }

  /** A backfill cannot be recorded before what is recorded already. */
  private inTime({ commands }: RowPlan, history: readonly RecordedEvent[]): RowPlan | undefined {
    const { backfill } = this.options;
    const last = history.at(-1)?.metadata.recordedAt;
    if (!backfill || !last || commands.length === 0 || backfill.recordedAt >= last) return undefined;
    return refusal(tooLate(last));
  }

  /** A row without news that this import itself has recorded before it was interrupted counts as what it was then. */
  private afterInterruption(plan: RowPlan, history: readonly RecordedEvent[]): RowPlan {
    const { correlationId } = this.options;
    const own = history.find(({ metadata }) => metadata.correlationId === correlationId);
    if (plan.outcome !== 'unchanged' || !own) return plan;
    return { ...plan, outcome: own.revision === 0 ? 'create' : 'change' };
  }
}

/** When a termination was revoked last; the state does not keep that. */
function reopenedOn(history: readonly RecordedEvent[]): CivilDate | undefined {
  const reopening = history.findLast(({ type, data }) => {
    return type === ('MilestoneRevoked' satisfies ProjectEventType) && data.milestone === 'terminated';
  });
  return reopening?.data.occurredOn as CivilDate | undefined;
}

function refusal(error: CellError): RowPlan {
  return { outcome: 'refuse', commands: [], errors: [error], notes: [] };
}
