import { Position } from '../event-store/event-store';
import { ProjectCommand } from '../project/commands';
import { Text } from '../project/refusal';
import { columnName } from './column-name';
import { CellError, LedgerField } from './ledger-row';
import { Encoding } from './table';

export type RowOutcome = 'created' | 'changed' | 'unchanged' | 'refused';

/** What became of one row, or in a dry run would become of it. */
export interface RowResult {
  sheet: string;
  /** Counted from 1 as the spreadsheet shows it. */
  row: number;
  /** Id of the project, where the row names one. */
  project?: string;
  code?: string;
  title?: string;
  outcome: RowOutcome;
  /** What is recorded, one line per command: `SignInvestment 2024-05-13`. */
  commands: string[];
  /** Why the row was refused; empty for the other outcomes. */
  errors: CellError[];
  /** Differences that no event can express, and what was assumed. */
  notes: CellError[];
}

export interface ImportCounts {
  rows: number;
  created: number;
  changed: number;
  unchanged: number;
  refused: number;
}

/**
 * `reading`: the file is read to its end before anything is recorded, and no row counts yet. `comparing`: a dry run.
 * `recording`: rows are compared, and the differences recorded.
 */
export type ImportStep = 'reading' | 'comparing' | 'recording';

export interface ImportProgress extends ImportCounts {
  step: ImportStep;
  /** Of the step. */
  bytesRead: number;
  bytesTotal: number;
  /** Rows per second since the step began. */
  rate: number;
}

/** How often a code occurred, with the first few places. */
export interface Finding {
  code: string;
  /** As it was said the first time, after the name of the column. */
  text: Text;
  count: number;
  /** Such as `REPD-1 (D17)`. */
  examples: string[];
}

export interface ImportReport extends ImportCounts {
  name: string;
  /** SHA-256 of the file, hex. */
  digest: string;
  dryRun: boolean;
  seconds: number;
  /** Where the rows stand, for writing the workbook of errors. */
  sheet: string;
  headerRow: number;
  encoding?: Encoding;
  /** Position of the last event this import recorded: ask the queries to wait for it. */
  position?: Position;
  refusals: Finding[];
  notes: Finding[];
  /** Commands by type, with the milestone of corrections and revocations: `CorrectMilestone landed`. */
  commands: Record<string, number>;
  /** Only of a full register: proposed by an earlier import of it, missing now. Nothing is recorded of them. */
  vanished: { count: number; examples: string[] };
}

const EXAMPLES = 5;

export const NO_ROWS: Readonly<ImportCounts> = { rows: 0, created: 0, changed: 0, unchanged: 0, refused: 0 };

/** Adds up what the rows say. */
export class ReportBuilder {
  readonly counts: ImportCounts = { ...NO_ROWS };
  private readonly refusals = new Map<string, Finding>();
  private readonly notes = new Map<string, Finding>();
  private readonly commands = new Map<string, number>();

  add(result: RowResult, commands: readonly ProjectCommand[]): void {
    this.counts.rows += 1;
    this.counts[result.outcome] += 1;
    for (const error of result.errors) count(this.refusals, error, exampleOf(result, error));
    for (const note of result.notes) count(this.notes, note, exampleOf(result, note));
    for (const command of commands) {
      const kind = kindOf(command);
      this.commands.set(kind, (this.commands.get(kind) ?? 0) + 1);
    }
  }

  /** All that was added up. The notes concern the file as a whole. */
  summary(fileNotes: readonly CellError[]): ImportCounts & Pick<ImportReport, 'refusals' | 'notes' | 'commands'> {
    for (const note of fileNotes) count(this.notes, note, note.cell ?? '');
    return {
      ...this.counts,
      refusals: byCount(this.refusals),
      notes: byCount(this.notes),
      commands: Object.fromEntries([...this.commands].sort(([, a], [, b]) => b - a)),
    };
  }
}

/** `CorrectMilestone landed 2024-06-01`. */
export function describeCommand(command: ProjectCommand): string {
  const { data } = command;
  const day = 'correctedOn' in data ? data.correctedOn : data.occurredOn;
  return [kindOf(command), day].filter(Boolean).join(' ');
}

function kindOf(command: ProjectCommand): string {
  return 'milestone' in command.data ? `${command.type} ${command.data.milestone}` : command.type;
}

function count(findings: Map<string, Finding>, { code, field, text }: CellError, place: string): void {
  const key = field ? `${code} ${field}` : code;
  const finding = findings.get(key);
  if (!finding) findings.set(key, { code: key, text: named(field, text), count: 1, examples: place ? [place] : [] });
  else {
    finding.count += 1;
    if (place && finding.examples.length < EXAMPLES) finding.examples.push(place);
  }
}

function named(field: LedgerField | undefined, text: Text): Text {
  const name = field && columnName(field);
  return name ? { zh: `${name.zh}：${text.zh}`, en: `${name.en}: ${text.en}` } : text;
}

/** `Sheet1!17`; `17` where there are no sheets. */
export function placeOf({ sheet, row }: { sheet: string; row: number }): string {
  return sheet === '' ? `${row}` : `${sheet}!${row}`;
}

function exampleOf(result: RowResult, { cell }: CellError): string {
  return `${result.code ?? result.project ?? '?'} (${cell ?? placeOf(result)})`;
}

function byCount(findings: Map<string, Finding>): Finding[] {
  return [...findings.values()].sort((a, b) => b.count - a.count);
}
