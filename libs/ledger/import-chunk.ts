import { CommandHandler, CommandOutcome, CommandRequest } from '../event-store/command-handler';
import { ConcurrencyConflict, Position, RecordedEvent } from '../event-store/event-store';
import { projectId } from '../programme/project-id';
import { CivilDate, civilDateAt } from '../project/civil-date';
import { ProjectCommand } from '../project/commands';
import { projectDecider } from '../project/decider';
import { ProjectEvent } from '../project/events';
import { ProjectState } from '../project/state';
import { ImportOptions } from './import-options';
import { failureErrors, isFaultOfRow, NOT_A_UUID, PROJECT_UNKNOWN, repeats, tooLate, UNNAMED } from './import-failures';
import { planRow, RowPlan } from './import-plan';
import { causeOf, streamOf } from './import-streams';
import { describeCommand, placeOf, RowOutcome, RowResult } from './import-report';
import { CellError, PlacedRow } from './ledger-row';

export interface ChunkOptions extends ImportOptions {
  correlationId: string;
  digest: string;
}

export interface RowImport {
  result: RowResult;
  commands: readonly ProjectCommand[];
}

interface Planned {
  row: PlacedRow;
  project: string;
  plan: RowPlan;
  /** Of the stream, when it was planned. */
  revision: number;
}

const ATTEMPTS = 5;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Plans the rows of a chunk on the streams as they are, and appends what they lead to: two round trips and one wait. */
export class ChunkImport {
  /** Projects named so far, with the place of the row. */
  readonly seen = new Map<string, string>();
  /** Of the last event recorded. */
  position?: Position;
  private readonly handler: CommandHandler<ProjectState, ProjectCommand, ProjectEvent>;
  private readonly clock: () => Date;

  constructor(private readonly options: ChunkOptions) {
    this.clock = options.clock ?? (() => new Date());
    this.handler = new CommandHandler(options.store, projectDecider, options.programme, this.clock);
  }

  /** One outcome per row, in their order. */
  async import(rows: readonly PlacedRow[]): Promise<RowImport[]> {
    const imports = new Map<PlacedRow, RowImport>();
    let pending = rows.flatMap((row) => {
      const named = this.identify(row);
      if (typeof named === 'string') return [{ row, project: named }];
      imports.set(row, this.refused(row, named));
      return [];
    });
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      const planned = await this.plan(pending);
      const conflicts = new Set<Planned>();
      const outcomes = this.options.dryRun ? new Map<Planned, unknown>() : await this.append(planned);
      for (const item of planned) {
        const failure = outcomes.get(item);
        if (failure instanceof ConcurrencyConflict && attempt < ATTEMPTS) conflicts.add(item);
        else imports.set(item.row, this.settled(item, failure));
      }
      // Somebody else has written to these projects since: compare anew.
      pending = [...conflicts];
    }
    return rows.map((row) => imports.get(row) as RowImport);
  }

  /** The project a row names, or why it names none that can be imported. */
  private identify(row: PlacedRow): string | CellError[] {
    const { fields, errors } = row;
    const { id, code } = fields;
    if (errors.length > 0) return errors;
    if (!id && !code) return [UNNAMED];
    if (id && !UUID.test(id)) return [NOT_A_UUID];
    const project = id ?? projectId(this.options.programme.id, code ?? '');
    const earlier = this.seen.get(project);
    if (earlier === undefined) {
      this.seen.set(project, placeOf(row));
      return project;
    }
    return [repeats(earlier, id ? 'id' : 'code')];
  }

  private async plan(items: readonly { row: PlacedRow; project: string }[]): Promise<Planned[]> {
    const { programme, store, backfill } = this.options;
    const today = civilDateAt(backfill ? new Date(backfill.recordedAt) : this.clock(), programme.timeZone);
    const histories = await store.readStreams(items.map(({ project }) => streamOf(project)));
    return items.map(({ row, project }) => {
      const history = histories.get(streamOf(project)) ?? [];
      const revision = history.at(-1)?.revision ?? -1;
      return { row, project, revision, plan: this.planOn(history, row, today) };
    });
  }

  private planOn(history: readonly RecordedEvent[], row: PlacedRow, today: CivilDate): RowPlan {
    const { programme, name, prefectures, mapping } = this.options;
    const state = this.handler.fold(history);
    if (!state && !this.canCreate(row)) return refusal(PROJECT_UNKNOWN);
    const plan = planRow(row.fields, state, {
      decision: { programme, today },
      reference: `${name}#${placeOf(row)}`,
      prefectures,
      blankRevokes: mapping?.snapshot?.blankRevokes,
    });
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

  /** Failures by row. @throws whatever is no fault of a row, after all appends have come to an end */
  private async append(planned: readonly Planned[]): Promise<Map<Planned, unknown>> {
    const writing = planned.filter(({ plan }) => plan.commands.length > 0);
    if (writing.length === 0) return new Map();
    const settled = await this.handler.handleAll(writing.map((item) => this.request(item)));
    const failures = new Map<Planned, unknown>();
    settled.forEach((outcome: PromiseSettledResult<CommandOutcome<ProjectState>>, index) => {
      const item = writing[index];
      if (!item) return;
      if (outcome.status === 'fulfilled') return this.advance(outcome.value.position);
      if (!isFaultOfRow(outcome.reason)) throw outcome.reason;
      failures.set(item, outcome.reason);
    });
    return failures;
  }

  private advance(position: Position): void {
    if (!this.position || this.options.store.compare(position, this.position) > 0) this.position = position;
  }

  private request({ row, project, plan, revision }: Planned): CommandRequest<ProjectCommand> {
    const { digest, actor, correlationId, backfill, mapping } = this.options;
    const cause = `${causeOf(mapping?.id)}${digest}#${placeOf(row)}`;
    return {
      stream: streamOf(project),
      commands: plan.commands,
      // With the revision: the same row of the same file may have to say the same again, after somebody took it back.
      commandId: `${cause}@${revision}`,
      expectedRevision: revision,
      actor,
      correlationId,
      causationId: cause,
      ...(backfill && { backfill }),
    };
  }

  private settled({ row, project, plan }: Planned, failure: unknown): RowImport {
    if (failure !== undefined) return this.refused(row, failureErrors(failure, plan), project);
    if (plan.outcome === 'refuse') return this.refused(row, plan.errors, project);
    const notes = [...row.notes, ...plan.notes].map((note) => placed(note, row));
    const result = { ...this.head(row, project), outcome: OUTCOMES[plan.outcome], errors: [], notes };
    return { result: { ...result, commands: plan.commands.map(describeCommand) }, commands: plan.commands };
  }

  private refused(row: PlacedRow, errors: readonly CellError[], project?: string): RowImport {
    const located = errors.map((error) => placed(error, row));
    const result = {
      ...this.head(row, project),
      outcome: 'refused' as const,
      errors: located,
      notes: [],
      commands: [],
    };
    return { result, commands: [] };
  }

  private head({ sheet, row, fields }: PlacedRow, project?: string): Pick<RowResult, 'sheet' | 'row'> {
    const { code, title } = fields;
    return { sheet, row, ...(project && { project }), ...(code && { code }), ...(title && { title }) };
  }
}

function placed(error: CellError, row: PlacedRow): CellError {
  const cell = error.cell ?? (error.field && row.cells[error.field]);
  return cell ? { ...error, cell } : error;
}

function refusal(error: CellError): RowPlan {
  return { outcome: 'refuse', commands: [], errors: [error], notes: [] };
}

const OUTCOMES = { create: 'created', change: 'changed', unchanged: 'unchanged' } satisfies Record<string, RowOutcome>;
