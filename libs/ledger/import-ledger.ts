import { Actor } from '../audit/hash-chain';
import { EventStore } from '../event-store/event-store';
import { Programme } from '../programme/programme';
import { Text } from '../project/refusal';
import { CellError } from './ledger-row';
import { RegisterMapping } from './mapping';

export type RowOutcome = 'created' | 'changed' | 'unchanged' | 'refused';

/** What became of one row, or in a dry run would become of it. */
export interface RowResult {
  sheet: string;
  /** Counted from 1 as the spreadsheet shows it. */
  row: number;
  project?: string;
  code?: string;
  title?: string;
  outcome: RowOutcome;
  /** What is recorded, in the words of the commands: `SignInvestment 2024-05-13`. */
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

export interface ImportProgress extends ImportCounts {
  bytesRead: number;
  bytesTotal: number;
  /** Rows per second since the start. */
  rate: number;
}

/** How often a code occurred, with the first few places. */
export interface Finding {
  code: string;
  text: Text;
  count: number;
  examples: string[];
}

export interface ImportReport extends ImportCounts {
  name: string;
  /** SHA-256 of the file, hex. */
  digest: string;
  dryRun: boolean;
  seconds: number;
  refusals: Finding[];
  notes: Finding[];
  /** Recorded commands by type, corrections and revocations with their milestone (`CorrectMilestone landed`). */
  commands: Record<string, number>;
  /** Only with a mapping of a full register: known before, missing now. Nothing is recorded of them. */
  vanished: { count: number; examples: string[] };
}

export interface ImportOptions {
  /** Path of the ledger: `.xlsx`, `.csv` or `.csv.gz`, told apart by content. */
  file: string;
  /** How people know the file; stands in evidence and reasons. */
  name: string;
  store: EventStore;
  programme: Programme;
  actor: Actor;
  /** Codes a clerk may write for; undefined for everybody else. */
  prefectures?: readonly string[];
  /** Columns of a register instead of a ledger's own. */
  mapping?: RegisterMapping;
  /** Administrators only: records as of a past instant. */
  backfill?: { recordedAt: string; source: string };
  dryRun: boolean;
  onProgress?: (progress: ImportProgress) => void;
  /** Results in the order of the file, one chunk at a time; the import waits for it. */
  onResults?: (results: readonly RowResult[]) => Promise<void> | void;
  signal?: AbortSignal;
  clock?: () => Date;
}

export type ImportLedger = (options: ImportOptions) => Promise<ImportReport>;
