import { CommandHandler, CommandOutcome, CommandRequest } from '../event-store/command-handler';
import { Position } from '../event-store/event-store';
import { projectId } from '../programme/project-id';
import { ProjectCommand } from '../project/commands';
import { projectDecider } from '../project/decider';
import { ProjectEvent } from '../project/events';
import { ProjectState } from '../project/state';
import { ImportOptions } from './import-options';
import { failureErrors, isFaultOfRow, isOvertaken, NOT_A_UUID, repeats, UNNAMED } from './import-failures';
import { describeCommand, placeOf, RowOutcome, RowResult } from './import-report';
import { PlanNote } from './import-planning';
import { Planned, RowPlanner } from './import-row-planner';
import { causeOf, streamOf } from './import-streams';
import { CellError, PlacedRow } from './ledger-row';

export interface ChunkOptions extends ImportOptions {
  correlationId: string;
  digest: string;
}

export interface RowImport {
  result: RowResult;
  commands: readonly ProjectCommand[];
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
  private readonly planner: RowPlanner;

  constructor(private readonly options: ChunkOptions) {
    const clock = options.clock ?? (() => new Date());
    this.handler = new CommandHandler(options.store, projectDecider, options.programme, clock);
    this.planner = new RowPlanner({ ...options, clock, fold: (history) => this.handler.fold(history) });
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
      const planned = await this.planner.plan(pending);
      const conflicts = new Set<Planned>();
      const outcomes = this.options.dryRun ? new Map<Planned, unknown>() : await this.append(planned);
      for (const item of planned) {
        const failure = outcomes.get(item);
        if (isOvertaken(failure) && attempt < ATTEMPTS) conflicts.add(item);
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

function placed({ from, ...error }: PlanNote, row: PlacedRow): CellError {
  const field = from ?? error.field;
  const cell = error.cell ?? (field && row.cells[field]);
  return cell ? { ...error, cell } : error;
}

const OUTCOMES = { create: 'created', change: 'changed', unchanged: 'unchanged' } satisfies Record<string, RowOutcome>;
